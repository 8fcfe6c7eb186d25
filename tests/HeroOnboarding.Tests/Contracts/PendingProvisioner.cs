using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Contracts;

/// <summary>A provisioner whose machines are created after the allocation; here they never become ready.</summary>
internal sealed class PendingProvisioner : IProvisioner
{
    public string Name => "later";

    public bool IsDemo => false;

    public Task<Outcome<Provided>> AllocateAsync(string userSid, VmPlan plan, CancellationToken cancel = default) =>
        Task.FromResult<Outcome<Provided>>(new Provided(Unit.Current.NewSid(), AllocationStatus.Pending));

    public async Task<Outcome<VmAllocation>> ReleaseAsync(string allocationSid, CancellationToken cancel = default)
    {
        var unit = Unit.Current;
        if (await Lease.EndRowAsync(unit, allocationSid) is { } released)
            return released;
        return
            await unit.Db.VmAllocations.AsNoTracking().FirstOrDefaultAsync(a => a.Sid == allocationSid, cancel)
                is { } allocation
            ? allocation
            : Refusals.NotFound;
    }

    public async Task<AllocationStatus?> StatusAsync(string allocationSid, CancellationToken cancel = default) =>
        (
            await Unit.Current.Db.VmAllocations.AsNoTracking().FirstOrDefaultAsync(a => a.Sid == allocationSid, cancel)
        )?.Status;
}

/// <summary>A pending machine is answered with 202; the rest of the contract holds.</summary>
public sealed class ALaterProvisionerKeepsTheContract : ProvisionerContract
{
    private bool registered = true;

    protected override string Name => "later";
    protected override AllocationStatus First => AllocationStatus.Pending;

    protected override Task<Portal> StartAsync(Db db) =>
        Portal.StartAsync(
            db,
            pool: null,
            adjust: services =>
            {
                services.AddKeyedSingleton<IProvisioner, PendingProvisioner>("later");
                if (registered)
                    services.AddSingleton(sp => sp.GetRequiredKeyedService<IProvisioner>("later"));
            }
        );

    protected override Task UnregisterAsync(Portal portal)
    {
        registered = false;
        return portal.RestartAsync();
    }

    [Theory, BothDatabases]
    public async Task A_machine_that_comes_later_is_told_to_no_deployer_and_still_takes_its_slot(Db db)
    {
        await using var portal = await StartAsync(db);
        var asha = await portal.SignUpWithPlanAsync("asha");
        for (var n = 0; n < 5; n++)
            Assert.Equal("Pending", (await asha.AllocateAsync()).Expect(202).Text("status"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.QuotaExhausted);
        Assert.Equal(0, await portal.ReadAsync(d => d.Outbox.CountAsync()));
    }
}

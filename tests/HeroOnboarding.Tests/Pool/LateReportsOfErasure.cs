using System.Net;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using DeployerAnswer = HeroOnboarding.Simulators.Deployer.DeployerAnswer;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Reports that a machine was erased, or could not be, which come again, late or out of turn.</summary>
public sealed class LateReportsOfErasure
{
    private const string Machine = "vm-0001";

    /// <summary>As a sample machine, or a store of before erasures were recorded, may have it.</summary>
    [Theory, BothDatabases]
    public async Task An_erasure_is_not_recorded_for_an_earlier_lease_of_the_machine(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, _) = await ComingBackClean.UsedOnceAsync(portal);
        await ReadyAsync(portal, lease: 1);
        await portal.AcceptsAsync("UPDATE vm_allocations SET erased_at = NULL");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        await ReadyAsync(portal, lease: 2);
        Assert.Equal([2L], await portal.ReadAsync(ErasedAsync));
    }

    [Theory, BothDatabases]
    public async Task A_lease_keeps_the_time_at_which_it_was_erased_first(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        await ComingBackClean.UsedOnceAsync(portal);
        await QuarantineAsync(portal);
        var first = portal.Now;
        await ReadyAsync(portal, lease: 1);
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await ReadyAsync(portal, lease: 1, lift: true);
        Assert.Equal(PoolCondition.Clean, (await VmAsync(portal)).Condition);
        Assert.Equal(first, await portal.ReadAsync(d => d.VmAllocations.Select(a => a.ErasedAt).SingleAsync()));
    }

    /// <summary>A machine that is clean, or that an operator looks at, is not erased again.</summary>
    [Theory, BothDatabases]
    public async Task A_failed_erasure_counts_only_while_the_machine_waits_to_be_erased(Db db)
    {
        foreach (var condition in new[] { PoolCondition.Clean, PoolCondition.Quarantined, PoolCondition.Recycling })
        {
            await using var at = await DeployedPortal.StartAsync(db);
            at.Deployer.Release.Always = DeployerAnswer.Accepted;
            await ComingBackClean.UsedOnceAsync(at.Portal);
            await at.Portal.DeliverAsync();
            if (condition == PoolCondition.Clean)
                await ReadyAsync(at.Portal, lease: 1);
            else if (condition == PoolCondition.Quarantined)
            {
                await QuarantineAsync(at.Portal);
                await at.Portal.AcceptsAsync("UPDATE pool_vms SET wipe_failures = 3");
            }
            var before = await VmAsync(at.Portal);
            Assert.Equal(HttpStatusCode.OK, await at.Deployer.Tells.WipeFailedAsync(Machine, 1, "disk error"));
            await at.Portal.DeliverAsync();
            var counts = condition == PoolCondition.Recycling;
            var vm = await VmAsync(at.Portal);
            Assert.Equal((condition, before.WipeFailures + (counts ? 1 : 0)), (vm.Condition, vm.WipeFailures));
            Assert.Equal(counts ? "Erasing failed: disk error" : before.ConditionReason, vm.ConditionReason);
            Assert.Equal(counts ? 2 : 1, at.Asked.Count(a => a == "release vm-0001 1"));
        }
    }

    private static Task<List<long>> ErasedAsync(HeroOnboarding.Store.OnboardingDb db) =>
        db.VmAllocations.Where(a => a.ErasedAt != null).Select(a => a.LeaseNumber).ToListAsync();

    private static async Task ReadyAsync(Portal portal, long lease, bool lift = false) =>
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-ready",
                new
                {
                    pool_vm_id = Machine,
                    lease_number = lease,
                    lift_quarantine = lift,
                }
            )
        ).Expect(200);

    private static async Task QuarantineAsync(Portal portal) =>
        (
            await portal.AdminPostAsync("/admin/pool-vm-quarantine", new { pool_vm_id = Machine, reason = "looks odd" })
        ).Expect(200);

    private static Task<PoolVm> VmAsync(Portal portal) => portal.ReadAsync(d => d.PoolVms.SingleAsync());
}

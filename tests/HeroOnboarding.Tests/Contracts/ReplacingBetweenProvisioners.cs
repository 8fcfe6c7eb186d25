using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Contracts;

/// <summary>Replacing a machine where the provisioner is not simply the pool.</summary>
public sealed class ReplacingBetweenProvisioners
{
    [Theory, BothDatabases]
    public async Task When_the_provisioner_does_not_take_the_machine_back_nothing_changes(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            adjust: services =>
                services.AddKeyedSingleton<IProvisioner>(
                    PoolAssignmentProvisioner.PoolName,
                    (sp, name) => new KeepsMachines(sp.GetRequiredKeyedService<PoolAssignmentProvisioner>(name))
                )
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        var before = await portal.FactsAsync();
        (await ReplaceAsync(asha, lease)).ExpectRefusal(VmRefusals.ProvisionerUnavailable);
        Assert.Equal(before, await portal.FactsAsync());
    }

    /// <summary>The second machine has no address to tell a deployer yet.</summary>
    [Theory, BothDatabases]
    public async Task A_machine_of_the_pool_is_replaced_by_one_that_comes_later_and_no_deployer_hears_of_that(Db db)
    {
        var comesLater = false;
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(1),
            adjust: services =>
            {
                services.AddKeyedSingleton<IProvisioner, PendingProvisioner>("later");
                if (comesLater)
                    services.AddSingleton(sp => sp.GetRequiredKeyedService<IProvisioner>("later"));
            }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        comesLater = true;
        await portal.RestartAsync();
        var next = await ReplaceAsync(asha.Again(), lease);
        Assert.Equal("Pending", next.Text("status"));
        Assert.False(await IsToldAsync(portal, next));
    }

    [Theory, BothDatabases]
    public async Task A_sample_machine_is_replaced_and_no_deployer_hears_of_it(Db db)
    {
        foreach (var (pool, told) in new[] { ((string?)null, false), (Portal.Machines(2), true) })
        {
            await using var portal = await Portal.StartAsync(
                db,
                pool,
                new Dictionary<string, string?> { ["PROVISIONER_DEMO"] = pool is null ? "true" : null }
            );
            var asha = await portal.SignUpWithPlanAsync("asha");
            var next = (await ReplaceAsync(asha, (await asha.AllocateAsync()).Expect(201))).Expect(201);
            Assert.Equal(told, await IsToldAsync(portal, next));
        }
    }

    private static Task<Reply> ReplaceAsync(Customer customer, Reply lease) =>
        customer.PostAsync("/vm/replace", new { allocation_sid = lease.Text("sid") });

    /// <summary>Whether the hand-out of this lease waits for the deployer.</summary>
    private static Task<bool> IsToldAsync(Portal portal, Reply lease)
    {
        var sid = lease.Text("sid");
        return portal.ReadAsync(d => d.Outbox.AnyAsync(r => r.Kind == LeaseNotices.AssignKind && r.Body.Contains(sid)));
    }

    /// <summary>Hands machines of the pool out and refuses to take one back.</summary>
    private sealed class KeepsMachines(PoolAssignmentProvisioner pool) : IProvisioner
    {
        public string Name => pool.Name;
        public bool IsDemo => pool.IsDemo;

        public Task<Outcome<Provided>> AllocateAsync(string userSid, VmPlan plan, CancellationToken cancel = default) =>
            pool.AllocateAsync(userSid, plan, cancel);

        public Task<Outcome<VmAllocation>> ReleaseAsync(string allocationSid, CancellationToken cancel = default) =>
            Task.FromResult<Outcome<VmAllocation>>(VmRefusals.ProvisionerUnavailable);

        public Task<AllocationStatus?> StatusAsync(string allocationSid, CancellationToken cancel = default) =>
            pool.StatusAsync(allocationSid, cancel);
    }
}

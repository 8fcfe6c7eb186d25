using System.Reflection;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Contracts;

/// <summary>What every provisioner must do.</summary>
public abstract class ProvisionerContract
{
    private static readonly Actor Tester = new("operator", "tester");
    private static readonly VmPlan Plan = new(2_000_000, null, TimeSpan.FromDays(30));

    /// <summary>The name it stores on its allocations.</summary>
    protected abstract string Name { get; }

    /// <summary>The state of what it has just handed out.</summary>
    protected abstract AllocationStatus First { get; }

    /// <summary>A portal with this provisioner registered and two machines to give.</summary>
    protected abstract Task<Portal> StartAsync(Db db);

    [Theory, BothDatabases]
    public async Task It_has_a_stable_name_and_is_found_by_it(Db db)
    {
        await using var portal = await StartAsync(db);
        var provisioner = portal.Services.GetRequiredService<Provisioners>().Registered!;
        Assert.Equal(Name, provisioner.Name);
        Assert.False(provisioner.IsDemo);
        Assert.Same(provisioner, portal.Services.GetRequiredKeyedService<IProvisioner>(Name));
    }

    [Theory, BothDatabases]
    public async Task It_works_inside_a_unit_and_throws_without_one(Db db)
    {
        await using var portal = await StartAsync(db);
        var provisioner = portal.Services.GetRequiredService<IProvisioner>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => provisioner.AllocateAsync("user", Plan));
        await Assert.ThrowsAsync<InvalidOperationException>(() => provisioner.ReleaseAsync("sid"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => provisioner.StatusAsync("sid"));
    }

    [Theory, BothDatabases]
    public async Task It_hands_out_says_the_state_and_takes_back_once(Db db)
    {
        await using var portal = await StartAsync(db);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var sid = (await asha.AllocateAsync()).Expect(First == AllocationStatus.Pending ? 202 : 201).Text("sid");
        var row = await portal.ReadAsync(d => d.VmAllocations.SingleAsync());
        Assert.Equal((Name, First, asha.Sid, 2_000_000L), (row.Provisioner, row.Status, row.UserSid, row.Cost));
        Assert.Equal(portal.Now.AddDays(33), row.ExpiresAt);
        Assert.Equal(First, await InUnitAsync(portal, p => p.StatusAsync(sid)));
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        var released = await InUnitAsync(portal, p => p.ReleaseAsync(sid));
        Assert.Equal((AllocationStatus.Released, portal.Now), (released.Value.Status, released.Value.ReleasedAt));
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        var again = await InUnitAsync(portal, p => p.ReleaseAsync(sid));
        Assert.Equivalent(released.Value, again.Value, strict: true);
        Assert.Equal(AllocationStatus.Released, await InUnitAsync(portal, p => p.StatusAsync(sid)));
        Assert.True(await portal.ReadAsync(d => d.Outbox.CountAsync(r => r.Kind == "deployer.release")) <= 1);
    }

    [Theory, BothDatabases]
    public async Task What_it_does_not_know_is_not_found(Db db)
    {
        await using var portal = await StartAsync(db);
        Assert.Equal(
            Refusals.NotFound,
            (await InUnitAsync(portal, p => p.ReleaseAsync("01ARZ3NDEKTSV4RRFFQ69G5FAV"))).Refusal
        );
        Assert.Null(await InUnitAsync(portal, p => p.StatusAsync("01ARZ3NDEKTSV4RRFFQ69G5FAV")));
    }

    [Theory, BothDatabases]
    public async Task A_unit_that_fails_takes_nothing(Db db)
    {
        await using var portal = await StartAsync(db);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await portal.Units.RunAsync<bool>(
            "test.allocate",
            Tester,
            async _ =>
            {
                Assert.False(
                    (await portal.Services.GetRequiredService<IProvisioner>().AllocateAsync(asha.Sid, Plan)).IsRefused
                );
                return VmRefusals.PoolEmpty;
            }
        );
        Assert.Equal(0, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        Assert.Equal(
            0,
            await portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.AllocationSid != null || vm.LeaseNumber > 0))
        );
        (await asha.AllocateAsync()).Expect(First == AllocationStatus.Pending ? 202 : 201);
    }

    [Theory, BothDatabases]
    public async Task Its_machines_can_be_given_back_when_none_is_registered_any_more(Db db)
    {
        await using var portal = await StartAsync(db);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var sid = (await asha.AllocateAsync()).Text("sid");
        await UnregisterAsync(portal);
        Assert.Null(portal.Services.GetRequiredService<Provisioners>().Registered);
        asha = asha.Again();
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.ProvisionerUnavailable);
        var released = (await asha.ReleaseAsync(sid)).Expect(200);
        Assert.Equal("Released", released.Text("status"));
        Assert.Equal(released.Body, (await asha.ReleaseAsync(sid)).Expect(200).Body);
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
    }

    protected virtual Task UnregisterAsync(Portal portal) =>
        portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = null });

    private static async Task<T> InUnitAsync<T>(Portal portal, Func<IProvisioner, Task<T>> act)
    {
        var outcome = await portal.Units.RunAsync<Box<T>>(
            "test.act",
            Tester,
            async _ => new Box<T>(await act(portal.Services.GetRequiredService<IProvisioner>()))
        );
        return outcome.Value.Value;
    }

    private sealed record Box<T>(T Value);
}

/// <summary>The warm pool.</summary>
public sealed class ThePoolKeepsTheContract : ProvisionerContract
{
    protected override string Name => "pool";
    protected override AllocationStatus First => AllocationStatus.Active;

    protected override Task<Portal> StartAsync(Db db) => Portal.StartAsync(db, Portal.Machines(2));

    [Fact]
    public void The_interface_is_locked_to_five_members() =>
        Assert.Equal(
            ["AllocateAsync", "IsDemo", "Name", "ReleaseAsync", "StatusAsync"],
            typeof(IProvisioner)
                .GetMembers(BindingFlags.Public | BindingFlags.Instance)
                .Where(m => m is not MethodInfo { IsSpecialName: true })
                .Select(m => m.Name)
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Its_actions_take_what_the_original_agreed_and_a_token()
    {
        static string Parameters(string method) =>
            string.Join(
                ", ",
                typeof(IProvisioner).GetMethod(method)!.GetParameters().Select(p => $"{p.ParameterType.Name} {p.Name}")
            );
        Assert.Equal("String userSid, VmPlan plan, CancellationToken cancel", Parameters("AllocateAsync"));
        Assert.Equal("String allocationSid, CancellationToken cancel", Parameters("ReleaseAsync"));
        Assert.Equal("String allocationSid, CancellationToken cancel", Parameters("StatusAsync"));
    }

    [Fact]
    public async Task It_is_one_singleton_under_both_its_types()
    {
        await using var portal = await StartAsync(Db.Sqlite);
        var pool = portal.Services.GetRequiredService<PoolAssignmentProvisioner>();
        Assert.Same(pool, portal.Services.GetRequiredService<IProvisioner>());
        Assert.Same(pool, portal.Services.GetRequiredKeyedService<PoolAssignmentProvisioner>("pool"));
    }
}

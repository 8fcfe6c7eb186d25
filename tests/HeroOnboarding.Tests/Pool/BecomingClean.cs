using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>
/// Whichever way a machine becomes clean, no earlier count or report stays that could take it out of service again.
/// </summary>
public sealed class BecomingClean
{
    private const string Past = "probe_misses = 2, wipe_failures = 2, condition_reason = 'something', probe_goods = 2";

    public static TheoryData<Db, string> Ways
    {
        get
        {
            var ways = new TheoryData<Db, string>();
            foreach (var way in new[] { "ready", "wiped_lease", "operator lifts", "deployer lifts", "sample machine" })
            foreach (var db in Enum.GetValues<Db>())
                ways.Add(db, way);
            return ways;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Every_way_to_become_clean_forgets_misses_failures_and_reasons(Db db, string way)
    {
        var sample = way == "sample machine";
        var demo = new Dictionary<string, string?> { ["PROVISIONER_DEMO"] = "true" };
        await using var portal = await Portal.StartAsync(db, sample ? null : Portal.Machines(1), sample ? demo : null);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        if (sample)
            await SetAsync(portal, Past);
        (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
        if (!sample)
            await SetAsync(portal, Past + Before(way));
        await RunAsync(portal, way);
        var vm = await portal.ReadAsync(d => d.PoolVms.OrderByDescending(v => v.LeaseNumber).FirstAsync());
        Assert.Equal((1, PoolCondition.Clean, 0, 0), (vm.LeaseNumber, vm.Condition, vm.ProbeMisses, vm.WipeFailures));
        Assert.Equal((null, null), (vm.ConditionReason, vm.QuarantinedAt));
        Assert.Equal(portal.Now, vm.FreeSince);
    }

    /// <summary>The control: a message that does not make the machine clean keeps its counts and reports.</summary>
    [Theory, BothDatabases]
    public async Task A_quarantined_machine_that_was_only_erased_keeps_its_past(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        await SetAsync(portal, Past + ", condition = 'quarantined', quarantined_at = 1");
        await RunAsync(portal, "ready");
        var vm = await portal.ReadAsync(d => d.PoolVms.SingleAsync());
        Assert.Equal(PoolCondition.Quarantined, vm.Condition);
        Assert.Equal((2, 2, "something"), (vm.ProbeMisses, vm.WipeFailures, vm.ConditionReason));
        Assert.NotNull(vm.QuarantinedAt);
        Assert.Equal(1, vm.WipedLease);
    }

    /// <summary>Its callers ask for that before; the statement refuses it by itself.</summary>
    [Theory, BothDatabases]
    public async Task A_machine_that_is_held_does_not_become_clean(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        foreach (var condition in new[] { "recycling", "quarantined" })
        foreach (var held in new[] { true, false })
        {
            await SetAsync(portal, $"condition = '{condition}', allocation_sid = {(held ? "'x'" : "NULL")}");
            var clean = await portal.Units.RunAsync<bool>(
                "test.clean",
                HeroOnboarding.Store.Actor.System("test"),
                async unit => await BecomeClean.InUnitAsync(unit, "vm-0001", lift: true)
            );
            Assert.Equal(!held, clean.Value);
        }
    }

    [Theory, BothDatabases]
    public async Task A_new_address_starts_without_the_misses_and_answers_of_the_old_one(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        await SetAsync(portal, Past);
        const string same =
            """[{"id":"vm-0001","address":"10.0.0.1","cockpit_url":"https://vm-0001.example.org/","node":"n2"}]""";
        (await portal.RefreshPoolAsync(same)).Expect(200);
        Assert.Equal((2, 2), await CountsAsync(portal));
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","address":"10.0.0.99"}]""")).Expect(200);
        Assert.Equal((0, 0), await CountsAsync(portal));
    }

    /// <summary>What else is so before the machine becomes clean in this way.</summary>
    private static string Before(string way) =>
        way switch
        {
            "operator lifts" => ", condition = 'quarantined', quarantined_at = 1, wiped_lease = lease_number",
            "deployer lifts" => ", condition = 'quarantined', quarantined_at = 1",
            _ => "",
        };

    private static async Task RunAsync(Portal portal, string way)
    {
        const string id = "vm-0001";
        var reply = way switch
        {
            "ready" => portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = id, lease_number = 1 }),
            "wiped_lease" => portal.RefreshPoolAsync("""[{"id":"vm-0001","address":"10.0.0.1","wiped_lease":1}]"""),
            "operator lifts" => portal.AdminPostAsync("/admin/pool-vm-lift", new { pool_vm_id = id, reason = "seen" }),
            "deployer lifts" => portal.AdminPostAsync(
                "/admin/pool-vm-ready",
                new
                {
                    pool_vm_id = id,
                    lease_number = 1,
                    lift_quarantine = true,
                }
            ),
            _ => null,
        };
        if (reply is not null)
            (await reply).Expect(200);
    }

    /// <summary>The machine that is or was leased.</summary>
    private static Task SetAsync(Portal portal, string columns) =>
        portal.AcceptsAsync(
            $"UPDATE pool_vms SET {columns} WHERE lease_number = (SELECT max(lease_number) FROM pool_vms)"
        );

    private static async Task<(int Misses, int Goods)> CountsAsync(Portal portal)
    {
        var vm = await portal.ReadAsync(d => d.PoolVms.SingleAsync());
        return (vm.ProbeMisses, vm.ProbeGoods);
    }
}

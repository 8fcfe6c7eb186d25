using HeroOnboarding.Pool;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Pool;

/// <summary>A released machine is handed out again only after it was reported erased.</summary>
public sealed class ComingBackClean
{
    [Theory, BothDatabases]
    public async Task A_plain_refresh_a_restart_or_time_does_not_make_a_machine_clean(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, lease) = await UsedOnceAsync(portal);
        (await portal.RefreshPoolAsync(Portal.Machines(1))).Expect(200);
        await portal.DeliverAsync();
        await portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = """[{"id":"vm-0001"}]""" });
        portal.Clock.Advance(TimeSpan.FromDays(2));
        asha = await portal.SignUpAsync("asha");
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Contains(
            portal.Log.Lines,
            l => l.Contains("deployer-release stub: would release pool_vm_id=vm-0001 here", StringComparison.Ordinal)
        );
        Assert.Equal(1, lease.Number("lease_number"));
    }

    [Theory, BothDatabases]
    public async Task The_word_of_the_deployer_about_the_current_lease_makes_it_clean_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, _) = await UsedOnceAsync(portal);
        (await ReadyAsync(portal, "vm-0001", 0)).ExpectRefusal(PoolRefusals.PoolVmStaleLease);
        (await ReadyAsync(portal, "vm-0001", 2)).ExpectRefusal(PoolRefusals.PoolVmStaleLease);
        (await ReadyAsync(portal, "vm-9999", 1)).ExpectRefusal(PoolRefusals.PoolVmUnknown);
        Assert.Equal("clean", (await ReadyAsync(portal, "vm-0001", 1)).Expect(200).Text("condition"));
        Assert.Equal("clean", (await ReadyAsync(portal, "vm-0001", 1)).Expect(200).Text("condition"));
        Assert.Equal(2, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
        (await ReadyAsync(portal, "vm-0001", 1)).ExpectRefusal(PoolRefusals.PoolVmStaleLease);
        (await ReadyAsync(portal, "vm-0001", 2)).ExpectRefusal(PoolRefusals.PoolVmHeld);
        Assert.NotNull(
            await portal.ReadAsync(d =>
                d.VmAllocations.Where(a => a.LeaseNumber == 1).Select(a => a.ErasedAt).SingleAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task A_pool_entry_with_the_current_wiped_lease_makes_it_clean_an_old_one_changes_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, _) = await UsedOnceAsync(portal);
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","wiped_lease":0}]""")).Expect(200);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","wiped_lease":1}]""")).Expect(200);
        var second = (await asha.AllocateAsync()).Expect(201);
        // Built before this hand-out and arriving after its release: the number is old, so the machine stays out.
        (await asha.ReleaseAsync(second.Text("sid"))).Expect(200);
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","wiped_lease":1}]""")).Expect(200);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.NotNull(
            await portal.ReadAsync(d =>
                d.VmAllocations.Where(a => a.LeaseNumber == 1).Select(a => a.ErasedAt).SingleAsync()
            )
        );
        Assert.Null(
            await portal.ReadAsync(d =>
                d.VmAllocations.Where(a => a.LeaseNumber == 2).Select(a => a.ErasedAt).SingleAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task A_deployer_that_answers_200_has_wiped_one_that_answers_202_says_so_later(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        await using var portal = await StartAsync(db, deployer, clock);
        deployer.Release.Next(DeployerAnswer.Accepted, DeployerAnswer.Ok);
        var (asha, _) = await UsedOnceAsync(portal);
        await portal.DeliverAsync();
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        (await ReadyAsync(portal, "vm-0001", 1)).Expect(200);
        var second = (await asha.AllocateAsync()).Expect(201);
        (await asha.ReleaseAsync(second.Text("sid"))).Expect(200);
        await portal.DeliverAsync();
        Assert.Equal(3, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
        var released = deployer.Calls.Where(c => c.Path == "/admin/release-vm").ToList();
        Assert.Equal([1, 2], released.Select(c => c.Body.GetProperty("lease_number").GetInt64()));
        Assert.All(deployer.Calls, c => Assert.True(c.SignatureValid, c.Problem));
        Assert.All(released, c => Assert.Equal("customer", c.Body.GetProperty("reason").GetString()));
    }

    [Theory, BothDatabases]
    public async Task Every_hand_out_tells_the_deployer_who_holds_the_machine(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        await using var portal = await StartAsync(db, deployer, clock);
        var asha = await portal.SignUpAsync("asha", "4200");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        var bought = (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        await portal.DeliverAsync();
        var call = Assert.Single(deployer.Calls);
        Assert.Equal("/admin/assign-vm", call.Path);
        Assert.Equal("4200", call.Body.GetProperty("forge_id").GetString());
        Assert.Equal("vm-0001", call.Body.GetProperty("pool_vm_id").GetString());
        Assert.Equal(
            bought.Json.GetProperty("vm").GetProperty("sid").GetString(),
            call.Body.GetProperty("allocation_sid").GetString()
        );
        Assert.NotNull(await portal.ReadAsync(d => d.VmAllocations.Select(a => a.AssignedAt).SingleAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_notice_is_retried_with_back_off_under_one_id_until_it_is_taken(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        await using var portal = await StartAsync(db, deployer, clock);
        deployer.Release.Next(
            new DeployerAnswer(500),
            DeployerAnswer.Unavailable(TimeSpan.FromMinutes(3)),
            DeployerAnswer.Lost(),
            DeployerAnswer.Ok
        );
        var (asha, _) = await UsedOnceAsync(portal);
        Assert.Equal(2, await portal.DeliverAsync()); // the assign notice too
        Assert.Equal(0, await portal.DeliverAsync());
        portal.Clock.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(1, await portal.DeliverAsync());
        portal.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(0, await portal.DeliverAsync());
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(1, await portal.DeliverAsync());
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        portal.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, await portal.DeliverAsync());
        (await asha.AllocateAsync()).Expect(201);
        var ids = deployer.Calls.Where(c => c.Path == "/admin/release-vm").Select(c => c.WebhookId).ToList();
        Assert.Equal(4, ids.Count);
        Assert.Single(ids.Distinct());
        Assert.Equal(1, deployer.Repeats);
    }

    [Theory, BothDatabases]
    public async Task A_notice_that_the_deployer_refuses_stays_visible_and_the_machine_stays_out(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        await using var portal = await StartAsync(db, deployer, clock);
        deployer.Release.Next(new DeployerAnswer(409));
        var (asha, _) = await UsedOnceAsync(portal);
        await portal.DeliverAsync();
        portal.Clock.Advance(TimeSpan.FromHours(5));
        Assert.Equal(0, await portal.DeliverAsync());
        var row = await portal.ReadAsync(d => d.Outbox.SingleAsync(o => o.Kind == "deployer.release"));
        Assert.True(row.Stuck);
        Assert.Contains("409", row.LastError, StringComparison.Ordinal);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
    }

    [Theory, BothDatabases]
    public async Task A_late_notice_about_an_older_lease_is_not_sent_while_somebody_else_holds_the_machine(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        await using var portal = await StartAsync(db, deployer, clock);
        (deployer.Assign.Always, deployer.Release.Always) = (new DeployerAnswer(503), new DeployerAnswer(503));
        await UsedOnceAsync(portal);
        await portal.DeliverAsync();
        (await ReadyAsync(portal, "vm-0001", 1)).Expect(200);
        var juma = await portal.SignUpWithPlanAsync("juma");
        var second = (await juma.AllocateAsync()).Expect(201);
        (deployer.Assign.Always, deployer.Release.Always) = (DeployerAnswer.Ok, DeployerAnswer.Ok);
        var before = deployer.Calls.Count;
        portal.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(2, await portal.DeliverAsync()); // the release of lease 1, now untrue, and the hand-out of lease 2
        var sent = Assert.Single(deployer.Calls.Skip(before));
        Assert.Equal("/admin/assign-vm", sent.Path);
        Assert.Equal(second.Text("sid"), sent.Body.GetProperty("allocation_sid").GetString());
        Assert.Equal(0, await portal.ReadAsync(d => d.Outbox.CountAsync(o => o.DoneAt == null)));
    }

    /// <summary>
    /// The lease number counts, not the time: a release takes its timestamp before it waits for the commit queue.
    /// </summary>
    [Theory, BothDatabases]
    public async Task All_machines_that_waited_when_the_operator_looked_become_clean_later_ones_do_not(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var leases = new[]
        {
            (await asha.AllocateAsync()).Expect(201),
            (await asha.AllocateAsync()).Expect(201),
            (await asha.AllocateAsync()).Expect(201),
        };
        (await asha.ReleaseAsync(leases[0].Text("sid"))).Expect(200);
        (await asha.ReleaseAsync(leases[1].Text("sid"))).Expect(200);
        using var browser = await portal.OperatorAsync();
        var form = Markup.Fields((await browser.OpenAsync("/admin/pool")).Expect(200).Body, "/admin/pool-many");
        Assert.Equal("vm-0001:1 vm-0002:1", form["machines"]);
        // All in the same instant of the test's clock: the third is given back, the first is erased, taken and given
        // back again.
        (await asha.ReleaseAsync(leases[2].Text("sid"))).Expect(200);
        (await ReadyAsync(portal, "vm-0001", 1)).Expect(200);
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        Assert.Equal(
            "/admin/pool?many=erased.1.1",
            (await browser.PostFormAsync("/admin/pool-many", form)).Expect(303).Location
        );
        Assert.Equal(
            ["vm-0001", "vm-0003"],
            await portal.ReadAsync(d =>
                d.PoolVms.Where(vm => vm.Condition == HeroOnboarding.Pool.PoolCondition.Recycling)
                    .OrderBy(vm => vm.Id)
                    .Select(vm => vm.Id)
                    .ToListAsync()
            )
        );
        Assert.Equal(
            ["vm-0001:1", "vm-0002:1"],
            await portal.ReadAsync(d =>
                d.VmAllocations.Where(a => a.ErasedAt != null)
                    .OrderBy(a => a.PoolVmId)
                    .Select(a => a.PoolVmId + ":" + a.LeaseNumber)
                    .ToListAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task A_crash_between_delivery_and_its_mark_delivers_again_under_the_same_id(Db db)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        await using var portal = await StartAsync(db, deployer, clock);
        var (asha, _) = await UsedOnceAsync(portal);
        portal.Crash.Hook = (point, kind) =>
        {
            if (point == "after delivery" && kind == "deployer.release")
                throw new InvalidOperationException("crash");
        };
        await Assert.ThrowsAsync<InvalidOperationException>(portal.DeliverAsync);
        await portal.RestartAsync();
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        await portal.DeliverAsync();
        var ids = deployer.Calls.Where(c => c.Path == "/admin/release-vm").Select(c => c.WebhookId).ToList();
        Assert.Equal(2, ids.Count);
        Assert.Single(ids.Distinct());
        asha = await portal.SignUpAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
    }

    private static async Task<Portal> StartAsync(Db db, DeployerSimulator deployer, FakeTimeProvider clock)
    {
        var portal = await Portal.StartAsync(
            db,
            Portal.Machines(1),
            new Dictionary<string, string?>
            {
                ["DEPLOYER_URL"] = deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = deployer.Secret,
            },
            clock: clock
        );
        portal.Wire.Allow(deployer.Address);
        return portal;
    }

    /// <summary>One machine, taken and given back by one customer.</summary>
    internal static async Task<(Customer Customer, Reply Lease)> UsedOnceAsync(Portal portal)
    {
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
        return (asha, lease);
    }

    private static Task<Reply> ReadyAsync(Portal portal, string id, long lease) =>
        portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = id, lease_number = lease });
}

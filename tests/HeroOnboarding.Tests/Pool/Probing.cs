using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Machines are probed; one that does not answer is not handed out.</summary>
public sealed class Probing
{
    private readonly ProbedNetwork network = new();

    [Theory, BothDatabases]
    public async Task Only_a_machine_that_answered_lately_is_handed_out(Db db)
    {
        await using var portal = await network.StartAsync(db, 2);
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Contains(
            "No machine is free right now",
            (await asha.Browser.OpenAsync("/dashboard")).Body,
            StringComparison.Ordinal
        );
        network.Up.Remove("10.0.0.1");
        await portal.ProbeAsync();
        // The first has been free as long, but only the second has answered.
        Assert.Equal("vm-0002", (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(["vm-0001"], await portal.UnprovenAsync());
        network.Up.Add("10.0.0.1");
        await portal.ProbeAsync();
        // It dies after a good probe: for five minutes that probe counts, then it is not handed out any more.
        network.Up.Clear();
        portal.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await portal.UnprovenAsync());
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(["vm-0001"], await portal.UnprovenAsync());
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal(1, await portal.ReadAsync(d => d.Alarms.CountAsync(a => a.Key == "pool.unproven")));
        await portal.RestartAsync(new Dictionary<string, string?> { ["PROBE"] = "off" });
        (await asha.Again().AllocateAsync()).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task One_miss_is_nothing_three_are_a_quarantine_and_two_good_ones_with_an_operators_word_bring_it_back(
        Db db
    )
    {
        await using var portal = await network.StartAsync(db, 1);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await portal.ProbeAsync();
        network.Up.Clear();
        await portal.ProbeAsync();
        // One miss is nothing.
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })).Expect(
            200
        );
        // After an erasure, earlier misses do not count any more.
        Assert.Equal(0, (await VmAsync(portal)).ProbeMisses);
        await portal.ProbeAsync();
        await portal.ProbeAsync();
        Assert.Equal(
            (2, PoolCondition.Clean),
            (await VmAsync(portal)) is var two ? (two.ProbeMisses, two.Condition) : default
        );
        await portal.ProbeAsync();
        var vm = await VmAsync(portal);
        Assert.Equal(
            (PoolCondition.Quarantined, "Did not answer 3 probes in a row."),
            (vm.Condition, vm.ConditionReason)
        );
        network.Up.Add("10.0.0.1");
        (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven);
        await portal.ProbeAsync();
        Assert.Contains(
            "1 good probes in a row",
            (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven).Text("detail"),
            StringComparison.Ordinal
        );
        network.Up.Clear();
        await portal.ProbeAsync();
        network.Up.Add("10.0.0.1");
        await portal.ProbeAsync();
        (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven); // in a row
        await portal.ProbeAsync();
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
        Assert.Equal(2, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
    }

    [Theory, BothDatabases]
    public async Task The_deployers_word_brings_it_back_without_probes_and_old_misses_are_forgotten(Db db)
    {
        await using var portal = await network.StartAsync(db, 1);
        network.Up.Clear();
        for (var n = 0; n < 7; n++)
            await portal.ProbeAsync();
        Assert.Equal(PoolCondition.Quarantined, (await VmAsync(portal)).Condition);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-ready",
                new
                {
                    pool_vm_id = "vm-0001",
                    lease_number = 0,
                    lift_quarantine = true,
                }
            )
        ).Expect(200);
        await portal.RunJobAsync("pool.probe");
        Assert.Equal(
            (PoolCondition.Clean, 0),
            (await VmAsync(portal)) is var back ? (back.Condition, back.ProbeMisses) : default
        );
        // A report does not replace a probe: the machine is clean, and not handed out before it answers.
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        network.Up.Add("10.0.0.1");
        await portal.ProbeAsync();
        (await asha.AllocateAsync()).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task Held_machines_and_those_that_wait_to_be_erased_are_left_in_peace(Db db)
    {
        await using var portal = await network.StartAsync(db, 3);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await portal.ProbeAsync();
        var held = (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        network.Asked.Clear();
        network.Up.Clear();
        for (var n = 0; n < 4; n++)
            await portal.ProbeAsync();
        Assert.Equal("vm-0001", held);
        Assert.Equal(["10.0.0.3:22"], network.Asked.Distinct());
        Assert.Equal(
            1,
            await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Condition == PoolCondition.Quarantined))
        );
        (
            await portal.AdminPostAsync("/admin/pool-vm-status", new { pool_vm_id = "vm-0003", status = "maintenance" })
        ).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task When_most_of_many_are_silent_it_is_our_network_and_nothing_is_counted(Db db)
    {
        await using var portal = await network.StartAsync(db, 20);
        await portal.ProbeAsync();
        network.Up.Clear();
        for (var n = 0; n < 4; n++)
            Assert.Contains("nothing was counted", (await portal.ProbeAsync()), StringComparison.Ordinal);
        Assert.Equal(
            0,
            await portal.ReadAsync(d =>
                d.PoolVms.CountAsync(v => v.ProbeMisses > 0 || v.Condition == PoolCondition.Quarantined)
            )
        );
    }

    private static Task<PoolVm> VmAsync(Portal portal) => portal.ReadAsync(d => d.PoolVms.SingleAsync());

    private static Task<Reply> LiftAsync(Portal portal) =>
        portal.AdminPostAsync("/admin/pool-vm-lift", new { pool_vm_id = "vm-0001", reason = "looked at" });
}

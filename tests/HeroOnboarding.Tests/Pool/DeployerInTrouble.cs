using System.Net;
using HeroOnboarding.Pool;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>
/// A deployer that is late, loses answers, repeats or mixes up requests, or fails: no machine goes out before it is
/// erased, and none stays unusable.
/// </summary>
public sealed class DeployerInTrouble
{
    [Theory, BothDatabases]
    public async Task What_is_not_done_by_the_deadline_is_an_alarm_and_the_machine_stays_out(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db, 2);
        var portal = at.Portal;
        (at.Deployer.Assign.Always, at.Deployer.Release.Always) = (new DeployerAnswer(503), DeployerAnswer.Accepted);
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        await portal.DeliverAsync();
        portal.Clock.Advance(TimeSpan.FromMinutes(30));
        await portal.RunJobAsync("alarms.watch");
        Assert.DoesNotContain(await OpenAsync(portal), k => k.StartsWith("deployer.", StringComparison.Ordinal));
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        await portal.RunJobAsync("alarms.watch");
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal(
            ["deployer.erasures", "deployer.handouts"],
            (await OpenAsync(portal)).Where(k => k.StartsWith("deployer.", StringComparison.Ordinal))
        );
        Assert.Equal(
            2,
            portal.Log.Lines.Count(l =>
                l.StartsWith("Error", StringComparison.Ordinal)
                && l.Contains("Alarm deployer.", StringComparison.Ordinal)
            )
        );
        var overview = Markup.Text((await (await portal.OperatorAsync()).OpenAsync("/admin")).Expect(200).Body);
        Assert.Contains(
            "1 machine was given back more than 30 minutes ago and the deployer has not called it erased.",
            overview,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "1 hand-out is not confirmed by the deployer after 30 minutes",
            overview,
            StringComparison.Ordinal
        );
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(HttpStatusCode.OK, await at.Deployer.WipedAsync("vm-0002", 1));
        at.Deployer.Assign.Always = DeployerAnswer.Ok;
        portal.Clock.Advance(TimeSpan.FromMinutes(10));
        await portal.DeliverAsync();
        await portal.RunJobAsync("alarms.watch");
        Assert.DoesNotContain(await OpenAsync(portal), k => k.StartsWith("deployer.", StringComparison.Ordinal));
        Assert.Equal(
            2,
            await portal.ReadAsync(d => d.Alarms.CountAsync(a => a.Key.StartsWith("deployer.") && a.ClearedAt != null))
        );
    }

    [Theory, BothDatabases]
    public async Task A_wipe_that_fails_is_asked_again_and_after_three_times_the_machine_is_quarantined(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db);
        var portal = at.Portal;
        at.Deployer.Release.Always = DeployerAnswer.Accepted;
        await UsedOnceAsync(portal);
        for (var failure = 1; failure <= 3; failure++)
        {
            await portal.DeliverAsync();
            Assert.Equal(
                HttpStatusCode.OK,
                await at.Deployer.Tells.WipeFailedAsync("vm-0001", 1, "disk error", "failure-" + failure)
            );
            // Repeated because the answer was lost: counted once.
            Assert.Equal(
                HttpStatusCode.OK,
                await at.Deployer.Tells.WipeFailedAsync("vm-0001", 1, "disk error", "failure-" + failure)
            );
            var vm = await VmAsync(portal);
            Assert.Equal(
                (failure, failure < 3 ? PoolCondition.Recycling : PoolCondition.Quarantined),
                (vm.WipeFailures, vm.Condition)
            );
        }
        await portal.DeliverAsync();
        Assert.Equal(["release vm-0001 1", "release vm-0001 1", "release vm-0001 1"], at.Asked);
        Assert.Equal(3, at.Deployer.Calls.Select(c => c.WebhookId).Distinct().Count());
        Assert.Equal("Could not be erased, 3 attempts. The last: disk error", (await VmAsync(portal)).ConditionReason);
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","wiped_lease":1}]""")).Expect(200);
        Assert.Equal(PoolCondition.Quarantined, (await VmAsync(portal)).Condition);
        // The deployer's word, that it is wiped and works again.
        Assert.Equal(HttpStatusCode.OK, await at.Deployer.Tells.WipedAsync("vm-0001", 1, lift: true));
        Assert.Equal(
            (PoolCondition.Clean, 0),
            (await VmAsync(portal)) is var clean ? (clean.Condition, clean.WipeFailures) : default
        );
    }

    [Theory, BothDatabases]
    public async Task A_refused_release_counts_as_a_failed_wipe_at_every_retry(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(
            db,
            environment: new Dictionary<string, string?> { ["WIPE_ATTEMPTS"] = "2" }
        );
        at.Deployer.Release.Always = new DeployerAnswer(409);
        await UsedOnceAsync(at.Portal);
        await at.Portal.DeliverAsync();
        Assert.Equal(
            (PoolCondition.Recycling, 1),
            (await VmAsync(at.Portal)) is var once ? (once.Condition, once.WipeFailures) : default
        );
        var sid = await at.Portal.ReadAsync(d => d.Outbox.Where(o => o.Stuck).Select(o => o.Sid).SingleAsync());
        (await at.Portal.AdminPostAsync("/admin/outbox-retry", new { sid })).Expect(200);
        await at.Portal.DeliverAsync();
        var vm = await VmAsync(at.Portal);
        Assert.Equal(PoolCondition.Quarantined, vm.Condition);
        Assert.StartsWith(
            "Could not be erased, 2 attempts. The last: Answered 409",
            vm.ConditionReason,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Silence_and_broken_answers_are_not_held_against_a_machine(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db);
        at.Deployer.Release.Always = new DeployerAnswer(500);
        await UsedOnceAsync(at.Portal);
        for (var n = 0; n < 6; n++)
        {
            await at.Portal.DeliverAsync();
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(13));
        }
        Assert.Equal(
            (PoolCondition.Recycling, 0),
            (await VmAsync(at.Portal)) is var vm ? (vm.Condition, vm.WipeFailures) : default
        );
    }

    [Theory, BothDatabases]
    public async Task Words_about_the_wrong_lease_or_twice_change_nothing_more(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db);
        var portal = at.Portal;
        (at.Deployer.Release.Always, at.Deployer.WipeAfter) = (DeployerAnswer.Accepted, TimeSpan.FromSeconds(5));
        at.Deployer.Wipes.Next(DeployerWipe.WrongLease, DeployerWipe.Unreported, DeployerWipe.ReportedTwice);
        at.Deployer.Tells.Add(new DeployerMachine("vm-0001"));
        var asha = await UsedOnceAsync(portal);
        await portal.DeliverAsync();
        await WipesAsync(
            at,
            () =>
                portal.Log.Lines.Any(l =>
                    l.Contains("speaks of lease 0, the machine is at 1; refused", StringComparison.Ordinal)
                )
        );
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(HttpStatusCode.Conflict, await at.Deployer.Tells.WipeFailedAsync("vm-0001", 0, "late word"));
        Assert.Equal(HttpStatusCode.OK, await at.Deployer.WipedAsync("vm-0001", 1));
        // Erased without a report by the deployer; the pool refresh reports it.
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        await portal.DeliverAsync();
        await WipesAsync(at, () => at.Deployer.Tells.Pool()[0].WipedLease == 2);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        var early = at.Deployer.Tells.Pool();
        Assert.Equal(HttpStatusCode.OK, await at.Deployer.Tells.FeedAsync());
        // A feed built before a release that arrives after it: the number is old, the machine stays out, and that is
        // logged.
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        Assert.Equal(HttpStatusCode.OK, await at.Deployer.Tells.FeedAsync(early));
        Assert.Contains(portal.Log.Lines, l => l.Contains("ignored for vm-0001", StringComparison.Ordinal));
        Assert.Equal(PoolCondition.Recycling, (await VmAsync(portal)).Condition);
        await portal.DeliverAsync();
        await WipesAsync(
            at,
            () => portal.ReadAsync(d => d.PoolVms.AnyAsync(v => v.WipedLease == 3)).GetAwaiter().GetResult()
        );
        Assert.Equal(4, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
        Assert.Equal(3, await portal.ReadAsync(d => d.VmAllocations.CountAsync(a => a.ErasedAt != null)));
    }

    [Theory, BothDatabases]
    public async Task A_restart_in_each_state_loses_nothing_and_hands_nothing_out_dirty(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db, 1);
        var portal = at.Portal;
        at.Deployer.Release.Always = DeployerAnswer.Accepted;
        var asha = await portal.SignUpWithPlanAsync("asha");
        for (var lease = 1; lease <= 3; lease++)
        {
            var sid = (await asha.AllocateAsync()).Expect(201).Text("sid");
            await portal.RestartAsync(); // handed out, the deployer not told
            asha = asha.Again();
            await portal.DeliverAsync();
            await portal.RestartAsync(); // held
            asha = asha.Again();
            (await asha.ReleaseAsync(sid)).Expect(200);
            await portal.RestartAsync(); // given back, the deployer not told
            asha = asha.Again();
            (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
            await portal.DeliverAsync();
            await portal.RestartAsync(); // told, not wiped
            asha = asha.Again();
            (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
            Assert.Equal(HttpStatusCode.OK, await at.Deployer.WipedAsync("vm-0001", lease));
            await portal.RestartAsync(); // clean
            asha = asha.Again();
            await Invariants.HoldAsync(portal);
        }
        Assert.Equal(
            [
                "assign vm-0001 1",
                "release vm-0001 1",
                "assign vm-0001 2",
                "release vm-0001 2",
                "assign vm-0001 3",
                "release vm-0001 3",
            ],
            at.Asked
        );
    }

    /// <summary>Moves time by the deployer's delays until their calls have happened.</summary>
    private static async Task WipesAsync(DeployedPortal at, Func<bool> happened)
    {
        at.Portal.Clock.Advance(TimeSpan.FromSeconds(6));
        await Hanging.WaitAsync(
            "what the deployer does by itself",
            () => Task.FromResult(happened()),
            every: TimeSpan.FromMilliseconds(1)
        );
    }

    private static async Task<Customer> UsedOnceAsync(Portal portal)
    {
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        return asha;
    }

    private static Task<PoolVm> VmAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolVms.SingleAsync(v => v.Id == "vm-0001"));

    private static Task<List<string>> OpenAsync(Portal portal) =>
        portal.ReadAsync(d =>
            d.Alarms.Where(a => a.ClearedAt == null).OrderBy(a => a.Key).Select(a => a.Key).ToListAsync()
        );
}

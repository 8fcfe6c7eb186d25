using HeroOnboarding.Admin.Access;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Vms;

/// <summary>
/// Expired machines are released exactly at their time, once, and only if their owners were notified.
/// </summary>
public sealed class AutoReleasing
{
    [Theory, BothDatabases]
    public async Task At_the_exact_microsecond_a_machine_still_lives_and_one_later_it_goes_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        var juma = await portal.SignUpWithMachinesAsync("juma", 1);
        var plan = await asha.PlanAsync();
        Assert.Equal(plan.PeriodEnd + PlanLife.Grace, plan.ExpiresAt);
        Assert.All(await asha.LeasesAsync(), a => Assert.Equal(plan.ExpiresAt, a.ExpiresAt));
        await portal.NoticeAsync(plan.PeriodEnd);
        portal.MoveTo(plan.Expiry);
        // Asha bought first, so that juma's machine lives a little longer.
        await portal.AcceptsAsync(
            "UPDATE vm_allocations SET expires_at = expires_at + 1000000 WHERE user_sid = {0}",
            juma.Sid
        );
        var exact = await portal.AutoReleaseAsync();
        Assert.Equal((3, 0, 0, 0, 0), exact.Counts());
        Assert.Equal(
            ["errors", "rows_already_released", "rows_examined", "rows_expired", "rows_released"],
            exact.Json.EnumerateObject().Select(m => m.Name).Order()
        );
        portal.Clock.Advance(PlanLife.Moment);
        Assert.Equal((3, 2, 2, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        Assert.Equal((1, 0, 0, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        Assert.All(
            await asha.LeasesAsync(),
            a =>
                Assert.Equal(
                    (AllocationStatus.Released, "expired", portal.Now),
                    (a.Status, a.ReleaseReason, a.ReleasedAt)
                )
        );
        Assert.Equal(AllocationStatus.Active, Assert.Single(await juma.LeasesAsync()).Status);
        Assert.Equal(0, (await asha.PlanAsync()).Used);
        Assert.Equal(
            2,
            await portal.ReadAsync(d =>
                d.PoolVms.CountAsync(vm => vm.Condition == PoolCondition.Recycling && vm.AllocationSid == null)
            )
        );
        Assert.Equal(
            2,
            await portal.ReadAsync(d =>
                d.Outbox.CountAsync(o => o.Kind == "deployer.release" && o.Body.Contains("\"reason\":\"expired\""))
            )
        );
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Who_was_not_told_before_is_told_now_and_keeps_the_machine_for_a_day(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        var told = await portal.SignUpWithMachinesAsync("told", 1);
        await portal.LetExpireAsync(asha, told);
        await portal.AcceptsAsync(
            "UPDATE purchases SET noticed7_at = NULL, noticed1_at = NULL WHERE account_sid = {0}",
            asha.Sid
        );
        var first = await portal.AutoReleaseAsync(new { force = true });
        Assert.Equal((2, 2, 1, 0, 0), first.Counts());
        Assert.Equal(1, first.Number("rows_unnoticed"));
        Assert.Equal(portal.Now, (await asha.PlanAsync()).Noticed1At);
        portal.Clock.Advance(OfferNotices.LastStands - PlanLife.Moment);
        Assert.Equal((1, 1, 0, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        portal.Clock.Advance(PlanLife.Moment);
        Assert.Equal((1, 1, 1, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        Assert.Equal(
            ["system:notices", "machine:admin-secret"],
            (
                await portal.ReadAsync(d =>
                    d.Audit.Where(r => r.Act == "plan.remind" && r.Subject == asha.Sid)
                        .OrderBy(r => r.Sid)
                        .Select(r => r.ActorKind + ":" + r.ActorId)
                        .ToListAsync()
                )
            ).Distinct()
        );
    }

    [Theory, BothDatabases]
    public async Task An_operator_may_waive_the_notices_in_so_many_words(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        portal.MoveTo((await asha.PlanAsync()).Expiry + PlanLife.Moment);
        Assert.Equal((1, 1, 1, 0, 0), (await portal.AutoReleaseAsync(new { without_notice = true })).Counts());
    }

    [Theory, BothDatabases]
    public async Task One_that_fails_does_not_stop_the_rest(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 3);
        await portal.LetExpireAsync(asha);
        var broken = (await asha.LeasesAsync())[1].Sid;
        await portal.AcceptsAsync("UPDATE vm_allocations SET provisioner = 'gone' WHERE sid = {0}", broken);
        Assert.Equal((3, 3, 2, 0, 1), (await portal.AutoReleaseAsync()).Counts());
        Assert.Contains(
            portal.Log.Lines,
            l => l.Contains(broken, StringComparison.Ordinal) && l.StartsWith("Error", StringComparison.Ordinal)
        );
        Assert.Equal(1, (await asha.PlanAsync()).Used);
        var run = (await portal.RunJobAsync(AutoReleaseJob.Name))!;
        Assert.Equal(
            (false, "1 live, 1 expired: 0 released, 0 released before, 1 failed. The log has the details."),
            (run.Ok, run.Report)
        );
        await portal.AcceptsAsync("UPDATE vm_allocations SET provisioner = 'pool' WHERE sid = {0}", broken);
        run = (await portal.RunJobAsync(AutoReleaseJob.Name))!;
        Assert.Equal((true, "1 live, 1 expired: 1 released, 0 released before, 0 failed."), (run.Ok, run.Report));
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Four_ticks_at_once_release_each_machine_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(10));
        var asha = await portal.SignUpWithMachinesAsync("asha", 10, "vms-10");
        await portal.LetExpireAsync(asha);
        var ticks = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => portal.AutoReleaseAsync()));
        Assert.Equal(10, ticks.Sum(t => t.Counts().Released));
        Assert.All(ticks, t => Assert.Equal(t.Counts().Expired, t.Counts().Released + t.Counts().Already));
        Assert.Equal(10, await portal.ReadAsync(d => d.Outbox.CountAsync(o => o.Kind == "deployer.release")));
        Assert.Equal(0, (await asha.PlanAsync()).Used);
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task A_lease_that_was_renewed_or_given_back_after_it_was_looked_at_is_left_alone(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        var leases = await asha.LeasesAsync();
        var expire = portal.Services.GetRequiredService<ExpireVm>();
        Assert.Equal(
            ExpiryResult.Extended,
            (await expire.RunAsync(HeroOnboarding.Store.Actor.System("test"), leases[0].Sid)).Value
        );
        (await asha.ReleaseAsync(leases[1].Sid)).Expect(200);
        Assert.Equal(
            ExpiryResult.AlreadyReleased,
            (await expire.RunAsync(HeroOnboarding.Store.Actor.System("test"), leases[1].Sid)).Value
        );
        Assert.Equal(
            Refusals.NotFound,
            (await expire.RunAsync(HeroOnboarding.Store.Actor.System("test"), Names.NewSid(portal.Now))).Refusal
        );
        Assert.Equal(
            [(AllocationStatus.Active, null), (AllocationStatus.Released, (string?)"customer")],
            (await asha.LeasesAsync()).Select(a => (a.Status, a.ReleaseReason))
        );
        await Invariants.HoldAsync(portal);
    }

    [Fact]
    public async Task Who_may_ask_and_what()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now", new { }, secret: null)).ExpectRefusal(
            AccessRefusals.AdminSecretRequired
        );
        (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now", new { }, secret: "wrong")).ExpectRefusal(
            AccessRefusals.AdminSecretWrong
        );
        Assert.Equal((0, 0, 0, 0, 0), (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now")).Counts());
        (await portal.AutoReleaseAsync(new { force = "yes" })).ExpectRefusal(Refusals.BodyInvalid);
        (
            await portal.Browser().SendRawAsync(HttpMethod.Post, "/admin/auto-release-now", "{", Portal.AdminSecret)
        ).ExpectRefusal(Refusals.BodyMalformed);
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        await portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = null });
        portal.MoveTo((await asha.PlanAsync()).Expiry.AddDays(9));
        (await portal.AutoReleaseAsync(new { force = true, without_notice = true })).ExpectRefusal(
            VmRefusals.ProvisionerUnavailable
        );
        Assert.Equal(
            (true, "No pool is set up; nothing to release."),
            await portal.RunJobAsync(AutoReleaseJob.Name) is { } run ? (run.Ok, run.Report) : default
        );
        Assert.Equal(AllocationStatus.Active, Assert.Single(await asha.LeasesAsync()).Status);
    }

    [Theory, BothDatabases]
    public async Task Without_grace_machines_go_back_when_the_plan_ends_and_a_changed_grace_changes_nobody(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            new Dictionary<string, string?> { ["EXPIRY_GRACE_HOURS"] = "0" }
        );
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        var plan = await asha.PlanAsync();
        Assert.Equal(plan.PeriodEnd, plan.Expiry);
        await portal.RestartAsync(new Dictionary<string, string?> { ["EXPIRY_GRACE_HOURS"] = "720" });
        (await asha.Again().AllocateAsync()).Expect(201);
        Assert.All(await asha.LeasesAsync(), a => Assert.Equal(plan.PeriodEnd, a.ExpiresAt));
        await portal.LetExpireAsync(asha);
        Assert.Equal((2, 2, 2, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        await portal.RunJobAsync(AutoReleaseJob.Name);
        Assert.Equal(
            3600,
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-jobs"))
                .Expect(200)
                .Json.GetProperty("rows")
                .EnumerateArray()
                .Single(j => j.GetProperty("name").GetString() == AutoReleaseJob.Name)
                .GetProperty("every_seconds")
                .GetInt64()
        );
    }
}

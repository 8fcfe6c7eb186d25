using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class OutboxAndJobs
{
    [Theory, BothDatabases]
    public async Task A_stuck_notice_is_seen_with_its_error_and_delivered_after_a_retry(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        await portal.Units.RunAsync(
            "test.seed",
            new("system", "test"),
            unit =>
                unit.Db.Outbox.ExecuteUpdateAsync(set =>
                    set.SetProperty(r => r.Stuck, true)
                        .SetProperty(r => r.LastError, "Answered 410.")
                        .SetProperty(r => r.DueAt, unit.Now.AddHours(1))
                )
        );
        Assert.Equal(0, await portal.DeliverAsync());
        using var browser = await portal.OperatorAsync();
        var page = (await browser.OpenAsync("/admin/outbox?state=stuck")).Expect(200).Body;
        Assert.Contains("Answered 410.", page, StringComparison.Ordinal);
        Assert.Contains("vm-0001:1", page, StringComparison.Ordinal);
        var sid = Assert.Single(await portal.WalkAsync("/admin/list-outbox?state=stuck", "sid", 50));
        Assert.Equal(
            "/admin/outbox?retried=" + sid,
            (await browser.SubmitAsync("/admin/outbox?state=stuck", "/admin/outbox-retry")).Expect(303).Location
        );
        Assert.Equal([sid], await portal.WalkAsync("/admin/list-outbox?state=waiting", "sid", 50));
        Assert.Equal(1, await portal.DeliverAsync());
        Assert.Equal([sid], await portal.WalkAsync("/admin/list-outbox?state=done", "sid", 50));
        Assert.Equal(["operator:Neema " + sid], await portal.AuditOfAsync("outbox.retry"));
        (await portal.AdminPostAsync("/admin/outbox-retry", new { sid })).ExpectRefusal(WorkRefusals.OutboxUnknown);
        (await portal.AdminPostAsync("/admin/outbox-retry", new { sid = "nothing" })).ExpectRefusal(
            WorkRefusals.OutboxUnknown
        );
        (await portal.AdminPostAsync("/admin/outbox-retry", new { sid = 7 })).ExpectRefusal(Refusals.BodyInvalid);
    }

    [Theory, BothDatabases]
    public async Task A_retry_wakes_the_runner_at_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        var signal = (OutboxSignal)portal.Services.GetService(typeof(OutboxSignal))!;
        while (await signal.WaitAsync(TimeSpan.Zero, CancellationToken.None)) { }
        var sid = Assert.Single(await portal.WalkAsync("/admin/list-outbox", "sid", 50));
        (await portal.AdminPostAsync("/admin/outbox-retry", new { sid })).Expect(200);
        Assert.True(await signal.WaitAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Theory, BothDatabases]
    public async Task An_operator_runs_a_job_now_and_sees_its_report(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        Assert.Contains(
            "Never run",
            (await browser.OpenAsync("/admin/jobs")).Expect(200).Body,
            StringComparison.Ordinal
        );
        var reply = (
            await browser.SubmitAsync(
                "/admin/jobs",
                "/admin/run-job",
                new Dictionary<string, string> { ["=name"] = "credit.reconcile" }
            )
        ).Expect(303);
        Assert.Equal("/admin/jobs?ran=credit.reconcile", reply.Location);
        Assert.Contains(
            "0 balances agree with their transfers.",
            (await browser.OpenAsync(reply.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(["operator:Neema credit.reconcile"], await portal.AuditOfAsync("job.run"));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            "store.prune",
            (await portal.AdminPostAsync("/admin/run-job", new { name = "store.prune" })).Expect(200).Text("name")
        );
        Assert.Equal(["store.prune", "credit.reconcile"], await portal.WalkAsync("/admin/list-job-reports", "name", 1));
        Assert.Equal(
            ["credit.reconcile"],
            await portal.WalkAsync("/admin/list-job-reports?name=credit.reconcile", "name", 1)
        );
        (await portal.AdminPostAsync("/admin/run-job", new { name = "no.such" })).ExpectRefusal(
            WorkRefusals.JobUnknown
        );
        (await portal.AdminPostAsync("/admin/run-job", new { })).ExpectRefusal(WorkRefusals.JobUnknown);
    }

    [Theory, BothDatabases]
    public async Task A_running_job_is_not_started_again_and_a_late_one_says_so(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.RunJobAsync("store.prune");
        await portal.Units.RunAsync(
            "test.seed",
            new("system", "test"),
            unit =>
            {
                DateTimeOffset? until = unit.Now.AddMinutes(10);
                return unit.Db.Jobs.ExecuteUpdateAsync(set => set.SetProperty(j => j.LeaseUntil, until));
            }
        );
        (await portal.AdminPostAsync("/admin/run-job", new { name = "store.prune" })).ExpectRefusal(
            WorkRefusals.JobRunning
        );
        Assert.True(
            Job(await portal.AdminAsync(HttpMethod.Get, "/admin/list-jobs")).GetProperty("running").GetBoolean()
        );
        portal.Clock.Advance(TimeSpan.FromHours(3));
        Assert.True(Job(await portal.AdminAsync(HttpMethod.Get, "/admin/list-jobs")).GetProperty("late").GetBoolean());
        using var browser = await portal.OperatorAsync();
        Assert.Contains("Job late", (await browser.OpenAsync("/admin")).Body, StringComparison.Ordinal);
        (await portal.AdminPostAsync("/admin/run-job", new { name = "store.prune" })).Expect(200);
    }

    private static System.Text.Json.JsonElement Job(Reply reply) =>
        reply
            .Expect(200)
            .Json.GetProperty("rows")
            .EnumerateArray()
            .Single(j => j.GetProperty("name").GetString() == "store.prune");
}

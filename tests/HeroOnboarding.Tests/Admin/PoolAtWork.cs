using HeroOnboarding.Admin.Pool;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>The history of the pool, and changes of many machines at once.</summary>
public sealed class PoolAtWork
{
    [Theory, BothDatabases]
    public async Task A_change_of_many_is_previewed_and_does_what_the_preview_said(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        using var browser = await portal.OperatorAsync();
        // One is held, one is to be erased, one is free: only the second is offered.
        var page = (await browser.OpenAsync("/admin/pool/many?action=erased&vm=vm-0001&vm=vm-0002&vm=vm-0003"))
            .Expect(200)
            .Body;
        Assert.Contains("value=\"vm-0002:1\"", page, StringComparison.Ordinal);
        Assert.Contains("held by a customer", page, StringComparison.Ordinal);
        var reply = (
            await browser.SubmitAsync(
                "/admin/pool/many?action=erased&vm=vm-0001&vm=vm-0002&vm=vm-0003",
                "/admin/pool-many"
            )
        ).Expect(303);
        Assert.Contains(
            "They were erased: 1 changed, 0 left alone.",
            Markup.Text((await browser.OpenAsync(reply.Location!)).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(["operator:Neema pool"], await portal.AuditOfAsync("pool.many"));
    }

    [Theory, BothDatabases]
    public async Task Machines_for_a_change_of_many_are_chosen_by_filter(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(5).Replace("\"vm-0005\"", "\"vm-0005\",\"node\":\"arusha-1\"", StringComparison.Ordinal)
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        using var browser = await portal.OperatorAsync();
        await browser.SubmitAsync("/admin/pool/many?action=maintenance&node=arusha-1", "/admin/pool-many");
        Assert.Equal(["vm-0005"], await portal.WalkAsync("/admin/list-pool?state=maintenance", "id", 50));
        Assert.Equal(["vm-0005"], await portal.WalkAsync("/admin/list-pool?node=arusha-1", "id", 50));
        Assert.Contains(
            "Nothing to do",
            (await browser.OpenAsync("/admin/pool/many?action=maintenance&state=maintenance")).Expect(200).Body,
            StringComparison.Ordinal
        );
        // A quarantine needs a reason.
        var reply = await browser.SubmitAsync(
            "/admin/pool/many?action=quarantine&state=free",
            "/admin/pool-many",
            new Dictionary<string, string> { ["reason"] = "recall of a disk" }
        );
        Assert.Equal("/admin/pool?many=quarantine.3.0", reply.Expect(303).Location);
        Assert.Equal(
            ["vm-0002", "vm-0003", "vm-0004"],
            await portal.WalkAsync("/admin/list-pool?state=quarantined", "id", 50)
        );
        Assert.Equal(["operator:Neema pool", "operator:Neema pool"], await portal.AuditOfAsync("pool.many"));
        (await browser.OpenAsync("/admin/pool/many?action=burn")).Expect(422);
    }

    [Theory, BothDatabases]
    public async Task What_changed_between_preview_and_click_is_left_alone_and_named(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await asha.ReleaseAsync(lease)).Expect(200);
        (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })).Expect(
            200
        );
        foreach (var _ in Enumerable.Range(0, 3))
            (await asha.AllocateAsync()).Expect(201);
        await asha.ReleaseAsync(
            await portal.ReadAsync(d =>
                d.PoolVms.Where(v => v.Id == "vm-0001").Select(v => v.AllocationSid!).SingleAsync()
            )
        );
        var reply = (await ManyAsync(portal, "erased", "vm-0001:1 vm-0002:1")).Expect(200);
        Assert.Equal(0, reply.Number("changed"));
        Assert.Equal(
            ["vm-0001 handed out since", "vm-0002 held by a customer"],
            reply
                .Json.GetProperty("skipped")
                .EnumerateArray()
                .Select(s => $"{s.GetProperty("pool_vm_id")} {s.GetProperty("why")}")
        );
        Assert.Equal(1, (await ManyAsync(portal, "erased", "vm-0001:2")).Expect(200).Number("changed"));
    }

    [Theory, BothDatabases]
    public async Task A_wrong_list_of_machines_is_refused_as_a_whole(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var before = await portal.FactsAsync();
        (await ManyAsync(portal, "maintenance", "vm-0001:0 vm-9:0")).ExpectRefusal(PoolRefusals.PoolVmUnknown);
        (await ManyAsync(portal, "quarantine", "vm-0001:0")).ExpectRefusal(Refusals.ReasonRequired);
        foreach (
            var wrong in new[]
            {
                "",
                "vm-0001",
                "vm-0001:x",
                ":1",
                "vm-0001:0 vm-0001:0",
                string.Join(' ', Enumerable.Range(0, 501).Select(n => $"v{n}:0")),
            }
        )
            (await ManyAsync(portal, "maintenance", wrong)).ExpectRefusal(Refusals.BodyInvalid);
        (await ManyAsync(portal, "burn", "vm-0001:0")).ExpectRefusal(Refusals.BodyInvalid);
        Assert.Equal(before, await portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task The_pool_over_time_is_drawn_and_told_in_numbers(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(4));
        using var browser = await portal.OperatorAsync();
        Assert.Contains(
            "Nothing counted yet",
            (await browser.OpenAsync("/admin/pool")).Expect(200).Body,
            StringComparison.Ordinal
        );
        await portal.RunJobAsync("pool.sample");
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        portal.Clock.Advance(TimeSpan.FromMinutes(20));
        await portal.RunJobAsync("pool.sample");
        var page = (await browser.OpenAsync("/admin/pool")).Expect(200).Body;
        Assert.Contains(
            "aria-label=\"Free machines over the last 24 hours: from 2 to 4, now 2\"",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "aria-label=\"Recycling machines over the last 24 hours: from 0 to 1, now 1\"",
            page,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Quarantined machines over", page, StringComparison.Ordinal);
        Assert.Matches("<path d=\"M9[0-9],40V[0-9.]+H", page);
        var rows = (await browser.SendAsync(HttpMethod.Get, "/admin/pool-history?over=7d"))
            .Expect(200)
            .Json.GetProperty("rows");
        Assert.Equal(
            [(4, 0), (2, 1)],
            rows.EnumerateArray().Select(r => (r.GetProperty("free").GetInt32(), r.GetProperty("recycling").GetInt32()))
        );
        (await browser.SendAsync(HttpMethod.Get, "/admin/pool-history?over=ever")).ExpectRefusal(Refusals.QueryInvalid);
        portal.Clock.Advance(TimeSpan.FromDays(32));
        await portal.RunJobAsync("pool.sample");
        Assert.Equal(1, await portal.ReadAsync(d => d.PoolSamples.CountAsync()));
    }

    [Fact]
    public void The_chart_holds_what_was_last_counted_and_starts_where_counting_did()
    {
        Assert.Equal("M1,40V22H2V4H3V40H4V40Z", new PoolLine(PoolState.Free, [null, 5, 10, 0]).Area(10));
        Assert.Equal("", new PoolLine(PoolState.Free, [null, null]).Area(10));
        Assert.Equal("M0,40V40H1V40Z", new PoolLine(PoolState.Free, [0]).Area(0));
    }

    [Theory, BothDatabases]
    public async Task The_history_of_refreshes_names_what_came_went_and_changed(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (
            await portal.RefreshPoolAsync(
                """[{"id":"vm-0001","address":"10.9.9.9","cockpit_url":"https:"""
                    + """//vm-0001.example.org/","node":"n"},{"id":"vm-3"}]"""
            )
        ).Expect(200);
        using var browser = await portal.OperatorAsync();
        var page = Markup.Text((await browser.OpenAsync("/admin/pool/refreshes")).Expect(200).Body);
        Assert.Contains(
            "Added: vm-3 Removed: vm-0002 Changed: vm-0001 (address, node)",
            page,
            StringComparison.Ordinal
        );
        var what = (await browser.SendAsync(HttpMethod.Get, "/admin/list-refreshes"))
            .Expect(200)
            .Json.GetProperty("rows")[0]
            .GetProperty("what");
        Assert.Equal("vm-3", what.GetProperty("added")[0].GetString());
        (await portal.RefreshPoolAsync(Portal.Machines(70))).Expect(200);
        Assert.Contains(
            "and 19 more",
            Markup.Text((await browser.OpenAsync("/admin/pool/refreshes")).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task The_overview_says_what_to_do_first_and_a_low_pool_is_an_alarm_once(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(3),
            new Dictionary<string, string?> { ["POOL_LOW_WATER"] = "2" }
        );
        using var browser = await portal.OperatorAsync();
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal(0, await portal.ReadAsync(d => d.Alarms.CountAsync()));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        await portal.RunJobAsync("alarms.watch");
        await portal.RunJobAsync("alarms.watch");
        var alarm = await portal.ReadAsync(d => d.Alarms.SingleAsync());
        Assert.Equal(
            ("pool.low", "2 of 3 listed machines are free.", (DateTimeOffset?)null),
            (alarm.Key, alarm.Text, alarm.ClearedAt)
        );
        var page = Markup.Text((await browser.OpenAsync("/admin")).Expect(200).Body);
        Assert.Contains(
            "Pool low 2 of 3 machines are free; the mark is 2. List machines →",
            page,
            StringComparison.Ordinal
        );
        (await portal.RefreshPoolAsync(Portal.Machines(5))).Expect(200);
        await portal.RunJobAsync("alarms.watch");
        Assert.NotNull((await portal.ReadAsync(d => d.Alarms.SingleAsync())).ClearedAt);
        (await asha.ReleaseAsync(lease)).Expect(200);
        Assert.Contains("Erase →", Markup.Text((await browser.OpenAsync("/admin")).Body), StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task A_late_or_failed_job_is_an_alarm_and_is_run_from_the_overview(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(20));
        await portal.RunJobAsync("store.prune");
        portal.Clock.Advance(TimeSpan.FromHours(3));
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal(["job.late:store.prune"], await portal.ReadAsync(d => d.Alarms.Select(a => a.Key).ToListAsync()));
        using var browser = await portal.OperatorAsync();
        var jobs = Markup.Text((await browser.OpenAsync("/admin/jobs")).Expect(200).Body);
        Assert.Contains("store.prune is late It should have run at", jobs, StringComparison.Ordinal);
        Assert.Contains("The job store.prune should have run already.", jobs, StringComparison.Ordinal);
        (
            await browser.SubmitAsync(
                "/admin",
                "/admin/run-job",
                new Dictionary<string, string> { ["=name"] = "store.prune" }
            )
        ).Expect(303);
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal(["store.prune"], (await portal.AuditOfAsync("job.run")).Select(a => a.Split(' ')[^1]));
        Assert.Equal(0, await portal.ReadAsync(d => d.Alarms.CountAsync(a => a.ClearedAt == null)));
    }

    private static Task<Reply> ManyAsync(Portal portal, string action, string machines, string? reason = null) =>
        portal.AdminPostAsync(
            "/admin/pool-many",
            new
            {
                action,
                machines,
                reason,
            }
        );
}

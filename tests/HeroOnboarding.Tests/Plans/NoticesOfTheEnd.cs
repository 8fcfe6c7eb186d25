using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>7, 3 and 1 days before the end every page shows a notice, and the store records it.</summary>
public sealed class NoticesOfTheEnd
{
    private static readonly string[] Pages = ["/", "/dashboard", "/plans", "/plan", "/credit", "/account", "/kyc"];

    [Theory, BothDatabases]
    public async Task They_stand_on_every_page_and_are_recorded_once_each(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddDays(-7) - PlanLife.Moment);
        await portal.RunJobAsync("plans.remind");
        asha = await asha.BackAsync("asha");
        Assert.DoesNotContain(
            "The end of your plan",
            (await asha.Browser.OpenAsync("/dashboard")).Body,
            StringComparison.Ordinal
        );
        Assert.Null((await asha.PlanAsync()).Noticed7At);
        foreach (var (days, away) in new[] { (7, "in 7 days"), (3, "in 3 days"), (1, "in 24 hours") })
        {
            portal.MoveTo(plan.PeriodEnd.AddDays(-days));
            asha = await asha.BackAsync("asha");
            foreach (var page in Pages)
                Assert.Contains(
                    $"({away}). All 2 machines of it end together with it; kept until {Show.Utc(plan.Expiry)} "
                        + ", then erased.",
                    Markup.Text((await asha.Browser.OpenAsync(page)).Expect(200).Body),
                    StringComparison.Ordinal
                );
            foreach (var due in new[] { 1, 0 })
                Assert.EndsWith(
                    $"{due} were due and are offered now.",
                    (await portal.RunJobAsync("plans.remind"))!.Report,
                    StringComparison.Ordinal
                );
            Assert.Equal((days, portal.Now), ((await asha.PlanAsync()).ShownDays, (await asha.PlanAsync()).ShownAt));
        }
        plan = await asha.PlanAsync();
        Assert.Equal(
            [7, 3, 1],
            new[] { plan.Noticed7At, plan.Noticed3At, plan.Noticed1At }.Select(t =>
                (int)Math.Round((plan.PeriodEnd - t!.Value).TotalDays)
            )
        );
        Assert.Equal(
            (3, 3),
            await portal.ReadAsync(async d =>
                (
                    await d.Audit.CountAsync(r => r.Act == "plan.remind" && r.Subject == asha.Sid),
                    await d.Audit.CountAsync(r => r.Act == "plan.notice_shown" && r.Subject == asha.Sid)
                )
            )
        );
    }

    [Theory, BothDatabases]
    public async Task After_the_end_the_page_tells_until_when_machines_are_kept(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddHours(1));
        asha = await asha.BackAsync("asha");
        var text = Markup.Text((await asha.Browser.OpenAsync("/dashboard")).Body);
        Assert.Contains(
            "(a moment ago)",
            text.Replace("60 minutes ago", "a moment ago", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.Contains(
            $"All 2 machines of it are kept until {Show.Utc(plan.Expiry)} (in 3 days), then erased. Renew or "
                + "see your plan",
            text,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Who_holds_no_machine_is_told_that_the_plan_ends_and_left_alone_afterwards(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var end = (await asha.PlanAsync()).PeriodEnd;
        portal.MoveTo(end.AddDays(-2));
        await portal.RunJobAsync("plans.remind");
        Assert.Equal(
            (false, false, true),
            await asha.PlanAsync() is var p
                ? (p.Noticed7At is null, p.Noticed3At is null, p.Noticed1At is null)
                : default
        );
        asha = await asha.BackAsync("asha");
        Assert.Contains(
            "No machine of it is in use.",
            Markup.Text((await asha.Browser.OpenAsync("/account")).Body),
            StringComparison.Ordinal
        );
        portal.MoveTo(end + PlanLife.Moment);
        asha = await asha.BackAsync("asha");
        Assert.DoesNotContain(
            "The end of your plan",
            (await asha.Browser.OpenAsync("/account")).Body,
            StringComparison.Ordinal
        );
        Assert.StartsWith("0 plans end", (await portal.RunJobAsync("plans.remind"))!.Report, StringComparison.Ordinal);
    }

    /// <summary>A new plan does not keep the machines of the plan before; the pages say so.</summary>
    [Theory, BothDatabases]
    public async Task Who_buys_anew_while_machines_are_kept_is_warned_before_and_goes_on_being_told(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        var old = await asha.PlanAsync();
        await portal.NoticeAsync(old.PeriodEnd);
        portal.MoveTo(old.PeriodEnd + TimeSpan.FromHours(1));
        asha = await asha.BackAsync("asha");
        await asha.TopUpAsync(1000);
        async Task<string> SeesAsync(string path) => Markup.Text((await asha.Browser.OpenAsync(path)).Expect(200).Body);
        Assert.Contains(
            "A new plan does not keep the machines that you have. 1 machine of the plan that has ended is erased on",
            await SeesAsync("/plans"),
            StringComparison.Ordinal
        );
        (await asha.BuyPlanAsync("vms-5", startNow: true)).Expect(201);
        foreach (var path in new[] { "/dashboard", "/account", "/plan" })
        {
            var page = await SeesAsync(path);
            Assert.Contains("Your earlier plan ended on", page, StringComparison.Ordinal);
            Assert.Contains("Its machine is kept until", page, StringComparison.Ordinal);
            Assert.Contains(
                "It cannot be renewed any more, since you bought another one",
                page,
                StringComparison.Ordinal
            );
        }
        // Only the machine of the plan that runs can be replaced.
        var dashboard = (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body;
        Assert.Equal(1, dashboard.Split("does not work\"").Length - 1);
        Assert.Contains(
            "Machines of your earlier plan are erased on the date in their row.",
            Markup.Text(dashboard),
            StringComparison.Ordinal
        );
        portal.MoveTo(old.Expiry + PlanLife.Moment);
        await portal.AutoReleaseAsync();
        asha = await asha.BackAsync("asha");
        Assert.DoesNotContain(
            "The end of your plan",
            (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Giving_back_a_machine_of_the_earlier_plan_frees_no_slot_of_the_new_one(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        var old = await asha.PlanAsync();
        await portal.NoticeAsync(old.PeriodEnd);
        portal.MoveTo(old.PeriodEnd + TimeSpan.FromHours(1));
        asha = await asha.BackAsync("asha");
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync("vms-5", startNow: true)).Expect(201);
        var given = (await asha.LeasesAsync())[0].Sid;
        (await asha.ReleaseAsync(given)).Expect(200);
        Assert.DoesNotContain(
            "The slot is yours again",
            Markup.Text((await asha.Browser.OpenAsync("/dashboard?released=" + given)).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task A_restart_in_any_state_repeats_no_notice(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        portal.MoveTo((await asha.PlanAsync()).PeriodEnd.AddDays(-3));
        foreach (var point in new[] { "before commit", "after commit" })
        {
            portal.Crash.Hook = (at, act) =>
            {
                if (at == point && act == "plan.remind")
                    throw new InvalidOperationException("crash");
            };
            Assert.False((await portal.RunJobAsync("plans.remind"))!.Ok);
            portal.Crash.Hook = null;
            await portal.RestartAsync();
        }
        Assert.True((await portal.RunJobAsync("plans.remind"))!.Ok);
        Assert.Equal(1, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "plan.remind")));
        Assert.Equal(
            [portal.Now, portal.Now, null],
            await asha.PlanAsync() is var p ? new[] { p.Noticed7At, p.Noticed3At, p.Noticed1At } : []
        );
    }

    [Fact]
    public async Task Before_buying_the_rules_are_there_in_plain_lines()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            Portal.Machines(1),
            new Dictionary<string, string?> { ["EXPIRY_GRACE_HOURS"] = "48" }
        );
        var asha = await portal.SignUpAsync("asha");
        foreach (var page in new[] { "/plans", "/start?plan=vms-5" })
        {
            var text = Markup.Text((await asha.Browser.OpenAsync(page)).Expect(200).Body);
            foreach (
                var rule in new[]
                {
                    "It runs 30 days; all its machines end together. Notices stand on every page 7, 3 and 1 days "
                        + "before.",
                    "kept for 48 hours more, then erased",
                    "Renewing adds 30 days to the old end, up to 48 hours after it too",
                    "The price is frozen when you buy",
                    "rounded down to the micro-dollar",
                    "can be cancelled for the full price",
                }
            )
                Assert.Contains(rule, text, StringComparison.Ordinal);
        }
    }
}

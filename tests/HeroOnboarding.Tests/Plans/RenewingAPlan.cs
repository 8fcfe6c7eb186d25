using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>
/// A renewal adds 30 days to the old end, by hand or automatically; credit, quota and machines stay exact.
/// </summary>
public sealed class RenewingAPlan
{
    [Theory, BothDatabases]
    public async Task Who_may_not_renew_or_upgrade_is_told_why_and_offered_neither(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(9000);
        Assert.Contains(
            "/plan/upgrade",
            (await asha.Browser.OpenAsync("/plan")).Expect(200).Body,
            StringComparison.Ordinal
        );
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "looking" })).Expect(
            200
        );
        var page = (await asha.Browser.OpenAsync("/plan")).Expect(200).Body;
        Assert.Contains(AccountRefusals.AccountSuspended.Title, Markup.Text(page), StringComparison.Ordinal);
        foreach (var form in new[] { "\"/plan/renew\"", "\"/plan/upgrade\"" })
            Assert.DoesNotContain(form, page, StringComparison.Ordinal);
        Assert.False(
            (await asha.Browser.SendAsync(HttpMethod.Get, "/plan/current"))
                .Expect(200)
                .Json.GetProperty("can_renew")
                .GetBoolean()
        );
        Assert.DoesNotContain(
            "Get a machine",
            Markup.Text((await asha.Browser.OpenAsync("/start")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task It_extends_from_the_old_end_and_the_machines_stay(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid)).Expect(200);
        var before = await asha.PlanAsync();
        await portal.NoticeAsync(before.PeriodEnd);
        asha = await asha.BackAsync("asha");
        await asha.TopUpAsync(1234);
        var renewed = (
            await asha.PostAsync("/plan/renew", new { period_end = Instants.ToMicros(before.PeriodEnd) })
        ).Expect(200);
        Assert.Equal(
            (1000, 1, 1, 234),
            (
                renewed.Number("price_cents"),
                renewed.Number("renewals"),
                renewed.Number("vms_kept"),
                renewed.Number("credit_balance_cents")
            )
        );
        var after = await asha.PlanAsync();
        Assert.Equal(
            (before.Sid, before.PeriodEnd.AddDays(30), before.PeriodEnd.AddDays(33), 1, 20 * Money.MicrosPerDollar),
            (after.Sid, after.PeriodEnd, after.Expiry, after.Used, after.Paid)
        );
        Assert.Equal((null, null, null, null), (after.Noticed7At, after.Noticed3At, after.Noticed1At, after.ShownDays));
        Assert.Equal([before.Expiry, after.Expiry], (await asha.LeasesAsync()).Select(a => a.ExpiresAt));
        Assert.Equal(2_340_000, await asha.BalanceAsync());
        var transfer = await portal.ReadAsync(d => d.Transfers.SingleAsync(t => t.Kind == TransferKind.PlanRenewal));
        Assert.Equal(
            ($"{before.Sid}:{Instants.ToMicros(before.PeriodEnd)}", "revenue", 10_000_000),
            (transfer.Reference, transfer.Credit, transfer.Amount)
        );
        Assert.Contains(
            "Plan renewed: 5 machines, 30 days",
            Markup.Text((await asha.Browser.OpenAsync("/credit")).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(1, await portal.ReadAsync(d => d.Receipts.CountAsync(r => r.TransferSid == transfer.Sid)));
        // Notices are shown again before the new end, and nothing happens at the old end.
        portal.MoveTo(before.Expiry + PlanLife.Moment);
        Assert.Equal((1, 0, 0, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        (await (await asha.BackAsync("asha")).AllocateAsync()).Expect(201);
        await Invariants.HoldAsync(portal);
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    [Theory, BothDatabases]
    public async Task Until_the_machines_go_it_can_be_renewed_and_never_twice_for_one_end(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        await asha.TopUpAsync(3000);
        var plan = await asha.PlanAsync();
        // At once after buying exactly 30 days are left: one period ahead, no more.
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        (await asha.PostAsync("/plan/renew", new { })).ExpectRefusal(PlanRefusals.PlanRenewed);
        (await asha.PostAsync("/plan/renew", new { period_end = Instants.ToMicros(plan.PeriodEnd) })).ExpectRefusal(
            PlanRefusals.PlanRenewed
        );
        plan = await asha.PlanAsync();
        portal.MoveTo(plan.Expiry);
        asha = await asha.BackAsync("asha");
        (await asha.AllocateAsync()).ExpectRefusal(PlanRefusals.PlanRequired);
        var key = Guid.NewGuid().ToString("N");
        var first = (await asha.PostAsync("/plan/renew", new { }, key)).Expect(200);
        Assert.Equal(first.Body, (await asha.PostAsync("/plan/renew", new { }, key)).Expect(200).Body);
        Assert.Equal(plan.PeriodEnd.AddDays(30), (await asha.PlanAsync()).PeriodEnd);
        Assert.Equal(10_000_000, await asha.BalanceAsync());
        (await asha.AllocateAsync()).Expect(201);
        portal.MoveTo((await asha.PlanAsync()).Expiry + PlanLife.Moment);
        asha = await asha.BackAsync("asha");
        (await asha.PostAsync("/plan/renew", new { })).ExpectRefusal(PlanRefusals.PlanRequired);
        Assert.Equal(10_000_000, await asha.BalanceAsync());
    }

    [Theory, BothDatabases]
    public async Task Whoever_may_not_buy_or_has_too_little_renews_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        (await asha.PostAsync("/plan/renew", new { })).ExpectRefusal(AccountRefusals.KycRequired);
        await asha.PassKycAsync();
        (await asha.PostAsync("/plan/renew", new { })).ExpectRefusal(PlanRefusals.PlanRequired);
        await asha.TopUpAsync(1999);
        (await asha.BuyPlanAsync()).Expect(201);
        var facts = await portal.FactsAsync();
        Assert.Equal(
            "It costs $10.00, your credit is $9.99: $0.01 is missing. Nothing was charged.",
            (await asha.PostAsync("/plan/renew", new { }))
                .ExpectRefusal(CreditRefusals.CreditInsufficient)
                .Text("detail")
        );
        Assert.Equal(facts, await portal.FactsAsync());
        await asha.TopUpAsync(-1000);
        (await asha.PostAsync("/plan/renew", new { })).ExpectRefusal(CreditRefusals.CreditOwed);
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        (await asha.PostAsync("/plan/renew", new { })).ExpectRefusal(AccountRefusals.AccountSuspended);
    }

    [Theory, BothDatabases]
    public async Task By_itself_in_the_last_day_once_and_only_while_wanted(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        var juma = await portal.SignUpWithMachinesAsync("juma", 1);
        await asha.TopUpAsync(2000);
        await juma.TopUpAsync(2000);
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddHours(-24) - PlanLife.Moment);
        Assert.Equal(
            "0 due: 0 renewed, 0 meanwhile renewed or changed, 0 could not be renewed.",
            (await portal.RunJobAsync("plans.auto_renew"))!.Report
        );
        portal.Clock.Advance(PlanLife.Moment);
        Assert.Equal(
            "1 due: 1 renewed, 0 meanwhile renewed or changed, 0 could not be renewed.",
            (await portal.RunJobAsync("plans.auto_renew"))!.Report
        );
        Assert.Equal(
            "0 due: 0 renewed, 0 meanwhile renewed or changed, 0 could not be renewed.",
            (await portal.RunJobAsync("plans.auto_renew"))!.Report
        );
        Assert.Equal(
            (plan.PeriodEnd.AddDays(30), true, 10_000_000),
            ((await asha.PlanAsync()).PeriodEnd, (await asha.PlanAsync()).AutoRenew, await asha.BalanceAsync())
        );
        Assert.Equal((0, 20_000_000), ((await juma.PlanAsync()).Renewals, await juma.BalanceAsync()));
        Assert.Equal(
            "system:auto-renew",
            await portal.ReadAsync(d =>
                d.Transfers.Where(t => t.Kind == TransferKind.PlanRenewal).Select(t => t.Actor).SingleAsync()
            )
        );
        // Turned off, nothing happens at the next end.
        asha = await asha.BackAsync("asha");
        (await asha.PostAsync("/plan/auto-renew", new { on = false })).Expect(200);
        portal.MoveTo(plan.PeriodEnd.AddDays(30).AddHours(-1));
        Assert.StartsWith("0 due", (await portal.RunJobAsync("plans.auto_renew"))!.Report, StringComparison.Ordinal);
        (await (await asha.BackAsync("asha")).PostAsync("/plan/auto-renew", new { })).ExpectRefusal(
            Refusals.BodyInvalid
        );
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Where_the_credit_does_not_suffice_a_notice_says_so_and_it_is_tried_again(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        await asha.TopUpAsync(400);
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddHours(-20));
        asha = await asha.BackAsync("asha");
        Assert.Contains(
            "It renews by itself for $10.00 in the last 24 hours. Your credit is not enough: $6.00 is missing.",
            Markup.Text((await asha.Browser.OpenAsync("/account")).Body),
            StringComparison.Ordinal
        );
        for (var n = 0; n < 2; n++)
            Assert.EndsWith(
                "1 could not be renewed.",
                (await portal.RunJobAsync("plans.auto_renew"))!.Report,
                StringComparison.Ordinal
            );
        Assert.Equal(1, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "plan.renew_refused")));
        Assert.Equal(
            ("credit.insufficient", portal.Now),
            ((await asha.PlanAsync()).RenewRefusedCode, (await asha.PlanAsync()).RenewRefusedAt)
        );
        Assert.Contains(
            "It could not renew by itself: Your credit is not enough. $6.00 is missing. It is tried again every hour.",
            Markup.Text((await asha.Browser.OpenAsync("/credit")).Body),
            StringComparison.Ordinal
        );
        // The money comes after the end, while the machine is still kept.
        portal.MoveTo(plan.PeriodEnd.AddHours(30));
        await asha.TopUpAsync(600);
        Assert.Contains("1 renewed", (await portal.RunJobAsync("plans.auto_renew"))!.Report, StringComparison.Ordinal);
        Assert.Equal(
            (plan.PeriodEnd.AddDays(30), null, 0),
            ((await asha.PlanAsync()).PeriodEnd, (await asha.PlanAsync()).RenewRefusedCode, await asha.BalanceAsync())
        );
    }

    [Theory, BothDatabases]
    public async Task The_price_stays_frozen_when_the_catalogue_changes(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(1000);
        await portal.RestartAsync(
            new Dictionary<string, string?> { ["PLANS_JSON"] = """[{"id":"vms-5","price_cents":9900,"vm_count":2}]""" }
        );
        Assert.Equal(1000, (await asha.Again().PostAsync("/plan/renew", new { })).Expect(200).Number("price_cents"));
        Assert.Equal((0, 5), (await asha.BalanceAsync(), (await asha.PlanAsync()).VmCount));
    }
}

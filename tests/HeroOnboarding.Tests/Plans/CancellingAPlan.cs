using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>A plan under which no machine ever started is cancelled for the full price.</summary>
public sealed class CancellingAPlan
{
    [Theory, BothDatabases]
    public async Task Everything_that_it_cost_comes_back_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(1000);
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        var plan = await asha.PlanAsync();
        // A suspended customer, who cannot buy, still gets the price back.
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        var key = Guid.NewGuid().ToString("N");
        var cancelled = (await asha.PostAsync("/plan/cancel", new { purchase_sid = plan.Sid }, key)).Expect(200);
        Assert.Equal((2000, 2000), (cancelled.Number("refund_cents"), cancelled.Number("credit_balance_cents")));
        Assert.Equal(
            cancelled.Body,
            (await asha.PostAsync("/plan/cancel", new { purchase_sid = plan.Sid }, key)).Expect(200).Body
        );
        (await asha.PostAsync("/plan/cancel", new { purchase_sid = plan.Sid })).ExpectRefusal(Refusals.NotFound);
        (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanRequired);
        Assert.Equal(20_000_000, await asha.BalanceAsync());
        var ended = await portal.ReadAsync(d => d.Purchases.SingleAsync());
        Assert.Equal((PurchaseState.Ended, "cancelled", portal.Now), (ended.State, ended.EndReason, ended.EndedAt));
        Assert.Contains(
            "Plan cancelled: 5 machines, full price back",
            Markup.Text((await asha.Browser.OpenAsync("/credit")).Body),
            StringComparison.Ordinal
        );
        (await portal.AdminPostAsync("/admin/user-unsuspend", new { user_sid = asha.Sid, reason = "looked" })).Expect(
            200
        );
        (await asha.BuyPlanAsync("vms-10", startNow: true)).Expect(201);
        await Invariants.HoldAsync(portal);
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    [Theory, BothDatabases]
    public async Task After_the_first_machine_nothing_comes_back_even_when_it_was_given_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanStarted);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid)).Expect(200);
        (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanStarted);
        Assert.DoesNotContain(
            "/plan/cancel",
            (await asha.Browser.OpenAsync("/plan")).Expect(200).Body,
            StringComparison.Ordinal
        );
        // A machine that came along with an upgrade started too; one that never came up did not.
        await asha.TopUpAsync(2000);
        (await asha.AllocateAsync()).Expect(201);
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "vms-10" })).Expect(201);
        (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanStarted);
        Assert.Equal(PurchaseState.Active, (await asha.PlanAsync()).State);
        Assert.Equal(10_000_000, await asha.BalanceAsync());
    }

    /// <summary>Otherwise 30 days of machines would cost as much as one day: use them, upgrade, cancel.</summary>
    [Theory, BothDatabases]
    public async Task An_upgrade_does_not_make_a_used_plan_new(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            new Dictionary<string, string?>
            {
                ["PLANS_JSON"] =
                    """[{"id":"vms-5","price_cents":1000,"vm_count":5},{"id":"vms-10","price_cents":2000"""
                    + ""","vm_count":10},{"id":"vms-20","price_cents":3000,"vm_count":20}]""",
            }
        );
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid)).Expect(200);
        await asha.TopUpAsync(9000);
        foreach (var larger in new[] { "vms-10", "vms-20" })
        {
            (await asha.PostAsync("/plan/upgrade", new { plan_id = larger })).Expect(201);
            (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanStarted);
            Assert.DoesNotContain(
                "/plan/cancel",
                (await asha.Browser.OpenAsync("/plan")).Expect(200).Body,
                StringComparison.Ordinal
            );
            portal.Clock.Advance(TimeSpan.FromHours(1));
        }
        // Nobody's machine ever started: the upgrade may be taken back. A plan of long ago is no part of this one.
        var juma = await portal.SignUpWithMachinesAsync("juma", 1);
        (await juma.ReleaseAsync((await juma.LeasesAsync())[0].Sid)).Expect(200);
        portal.Clock.Advance(TimeSpan.FromDays(31));
        juma = await portal.SignUpAsync("juma");
        await juma.TopUpAsync(9000);
        (await juma.BuyPlanAsync("vms-5")).Expect(201);
        (await juma.PostAsync("/plan/upgrade", new { plan_id = "vms-10" })).Expect(201);
        (await juma.PostAsync("/plan/upgrade", new { plan_id = "vms-20" })).Expect(201);
        Assert.Contains(
            "/plan/cancel",
            (await juma.Browser.OpenAsync("/plan")).Expect(200).Body,
            StringComparison.Ordinal
        );
        (await juma.PostAsync("/plan/cancel", new { })).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task The_page_asks_once_more_and_says_what_came_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var done = (await asha.Browser.SubmitAsync("/plan", "/plan/cancel")).Expect(303);
        var sid = await portal.ReadAsync(d => d.Purchases.Select(p => p.Sid).SingleAsync());
        Assert.Equal("/plan?cancelled=" + sid, done.Location);
        Assert.Contains(
            "Your plan was cancelled. $10.00 is credit again.",
            Markup.Text((await asha.Browser.OpenAsync(done.Location!)).Body),
            StringComparison.Ordinal
        );
        var juma = await portal.SignUpAsync("juma");
        Assert.DoesNotContain(
            "cancelled.",
            Markup.Text((await juma.Browser.OpenAsync(done.Location!)).Body),
            StringComparison.Ordinal
        );
    }
}

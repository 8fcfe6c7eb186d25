using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Plans;

/// <summary>
/// After the end of a plan, while its machines are kept, a renewal leaves less than 30 days, so that the next one is
/// possible at once. Only the end that was meant keeps it from being made twice.
/// </summary>
public sealed class RenewedMeanwhile
{
    [Theory, BothDatabases]
    public async Task The_same_button_pressed_twice_renews_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, plan) = await AfterTheEndAsync(portal);
        var seen = Instants.ToMicros(plan.PeriodEnd);
        (await asha.PostAsync("/plan/renew", new { period_end = seen })).Expect(200);
        (await asha.PostAsync("/plan/renew", new { period_end = seen })).ExpectRefusal(PlanRefusals.PlanRenewed);
        seen = Instants.ToMicros((await asha.PlanAsync()).PeriodEnd);
        (await asha.PostAsync("/plan/renew", new { period_end = seen })).Expect(200);
        Assert.Equal(30_000_000, await asha.BalanceAsync());
    }

    [Theory, BothDatabases]
    public async Task A_plan_that_its_owner_renewed_is_not_renewed_by_itself_as_well(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, due) = await AfterTheEndAsync(portal);
        var renew = portal.Services.GetRequiredService<RenewPlan>();
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        Assert.Equal(
            PlanRefusals.PlanRenewed.Code,
            (await renew.RunDueAsync(due, CancellationToken.None)).Refusal.Code
        );
        Assert.Equal(40_000_000, await asha.BalanceAsync());
        portal.MoveTo((await asha.PlanAsync()).PeriodEnd - RenewPlan.ByItself);
        Assert.False((await renew.RunDueAsync(due, CancellationToken.None)).IsRefused);
    }

    /// <summary>
    /// The job reads first and renews later; in between the customer may change the setting, or the plan.
    /// </summary>
    [Theory, BothDatabases]
    public async Task What_its_owner_switched_off_or_left_meanwhile_is_not_renewed_by_itself(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, due) = await AfterTheEndAsync(portal);
        var renew = portal.Services.GetRequiredService<RenewPlan>();
        (await asha.PostAsync("/plan/auto-renew", new { on = false })).Expect(200);
        Assert.Equal(
            PlanRefusals.PlanRenewed.Code,
            (await renew.RunDueAsync(due, CancellationToken.None)).Refusal.Code
        );
        (await asha.BuyPlanAsync("vms-10")).Expect(201);
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        var next = await asha.PlanAsync();
        portal.MoveTo(next.PeriodEnd);
        Assert.Equal(
            PlanRefusals.PlanRenewed.Code,
            (await renew.RunDueAsync(due, CancellationToken.None)).Refusal.Code
        );
        Assert.Equal(30_000_000, await asha.BalanceAsync());
        Assert.False((await renew.RunDueAsync(next, CancellationToken.None)).IsRefused);
        Assert.Equal(10_000_000, await asha.BalanceAsync());
    }

    [Theory, BothDatabases]
    public async Task A_plan_whose_machines_are_gone_is_not_due(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (_, plan) = await AfterTheEndAsync(portal);
        portal.MoveTo(plan.Expiry + PlanLife.Moment);
        Assert.StartsWith("0 due", (await portal.RunJobAsync("plans.auto_renew"))!.Report, StringComparison.Ordinal);
    }

    /// <summary>A plan that wants to renew by itself, a day after its end, and $50.00.</summary>
    private static async Task<(Customer Asha, Purchase Plan)> AfterTheEndAsync(Portal portal)
    {
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddDays(1));
        asha = await asha.BackAsync("asha");
        await asha.TopUpAsync(5000);
        return (asha, plan);
    }
}

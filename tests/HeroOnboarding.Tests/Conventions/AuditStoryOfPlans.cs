using HeroOnboarding.Store;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// A plan is renewed, upgraded, near its end, and over; another one is bought and cancelled. Between them the clock of
/// the database differs: once it agrees again, once an operator lifts the brake.
/// </summary>
internal sealed class AuditStoryOfPlans(AuditStory story)
{
    private Portal Portal => story.Portal;
    private Customer Asha => story.Asha;

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("credit.adjust", "machine", () => TopUpAsync(4000)),
            new("plan.auto_renew", "customer", () => story.AskAsync("/plan/auto-renew", new { on = true }, 200)),
            new("plan.renew", "customer", () => story.AskAsync("/plan/renew", new { }, 200)),
            new("plan.upgrade", "customer", () => story.AskAsync("/plan/upgrade", new { plan_id = "vms-10" }, 201)),
            new("plan.remind", "system", RemindSevenDaysBeforeAsync),
            story.SignIn(),
            new("plan.notice_shown", "system", OpenAccountAsync),
            new("credit.adjust", "machine", async () => await TopUpAsync(-(await Asha.BalanceAsync()) / 10_000)),
            new("plan.renew_refused", "system", RenewWithoutCreditAsync),
            new("plan.remind", "system", () => RunAsync("plans.remind", true)),
            .. Clocks,
            new("auto_release.ask", "machine", AskForAutoReleaseAsync),
            new("vm.expire", "system", ExpireAsync),
            story.SignIn(),
            new("credit.adjust", "machine", () => TopUpAsync(1000)),
            new("plan.buy", "customer", () => story.AskAsync("/plan/buy", new { plan_id = "vms-5" }, 201)),
            new("plan.cancel", "customer", () => story.AskAsync("/plan/cancel", new { }, 200)),
        ];

    private IReadOnlyList<AuditChapter> Clocks =>
        [
            new("clock.brake", "system", SetDatabaseBackAsync),
            new("clock.agrees", "system", AgreeAgainAsync),
            new("clock.brake", "system", SetDatabaseBackAsync),
            new(
                "clock.lift",
                "machine",
                () => story.AdminAsync("/admin/clock-brake-lift", new { reason = "date -u is right" }, null)
            ),
        ];

    private async Task<string?> RemindSevenDaysBeforeAsync()
    {
        Portal.MoveTo((await Asha.PlanAsync()).PeriodEnd.AddDays(-7));
        return await RunAsync("plans.remind", true);
    }

    private async Task<string?> OpenAccountAsync()
    {
        (await Asha.Browser.OpenAsync("/account")).Expect(200);
        return Asha.Sid;
    }

    private async Task<string?> RenewWithoutCreditAsync()
    {
        Portal.MoveTo((await Asha.PlanAsync()).PeriodEnd.AddHours(-1));
        return await RunAsync("plans.auto_renew", true);
    }

    private async Task<string?> SetDatabaseBackAsync()
    {
        Portal.DatabaseAhead = TimeSpan.FromDays(-1);
        await RunAsync("plans.remind", false);
        return null;
    }

    private async Task<string?> AgreeAgainAsync()
    {
        Portal.DatabaseAhead = TimeSpan.Zero;
        await RunAsync("plans.remind", false);
        Portal.Clock.Advance(ClockBrake.Agreeing);
        await RunAsync("plans.remind", true);
        return null;
    }

    private async Task<string?> AskForAutoReleaseAsync()
    {
        (await Portal.AutoReleaseAsync(new { force = true })).Expect(200);
        return null;
    }

    private async Task<string?> ExpireAsync()
    {
        Portal.MoveTo((await Asha.PlanAsync()).Expiry + PlanLife.Moment);
        return await RunAsync("vms.auto_release", true);
    }

    private async Task<string?> TopUpAsync(long cents)
    {
        await Asha.TopUpAsync(cents);
        return Asha.Sid;
    }

    private async Task<string?> RunAsync(string job, bool ok)
    {
        var run = (await Portal.RunJobAsync(job))!;
        Assert.True(run.Ok == ok, run.Report);
        return Asha.Sid;
    }
}

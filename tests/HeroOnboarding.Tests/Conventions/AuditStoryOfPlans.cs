using HeroOnboarding.Store;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// The chapters about the life of a plan: renewed, upgraded, near its end, over, and one that was never used.
/// </summary>
internal sealed partial class AuditStory
{
    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Plans =>
        [
            ("credit.adjust", "machine", () => TopUpAsync(4000)),
            ("plan.auto_renew", "customer", () => AskAsync("/plan/auto-renew", new { on = true }, 200)),
            ("plan.renew", "customer", () => AskAsync("/plan/renew", new { }, 200)),
            ("plan.upgrade", "customer", () => AskAsync("/plan/upgrade", new { plan_id = "vms-10" }, 201)),
            (
                "plan.remind",
                "system",
                async () =>
                {
                    Portal.MoveTo((await asha.PlanAsync()).PeriodEnd.AddDays(-7));
                    return await RunAsync("plans.remind", true);
                }
            ),
            SignInAgain,
            (
                "plan.notice_shown",
                "system",
                async () =>
                {
                    (await asha.Browser.OpenAsync("/account")).Expect(200);
                    return asha.Sid;
                }
            ),
            ("credit.adjust", "machine", async () => await TopUpAsync(-(await asha.BalanceAsync()) / 10_000)),
            (
                "plan.renew_refused",
                "system",
                async () =>
                {
                    Portal.MoveTo((await asha.PlanAsync()).PeriodEnd.AddHours(-1));
                    return await RunAsync("plans.auto_renew", true);
                }
            ),
            ("plan.remind", "system", () => RunAsync("plans.remind", true)),
            .. Clocks,
            (
                "auto_release.ask",
                "machine",
                async () =>
                {
                    (await Portal.AutoReleaseAsync(new { force = true })).Expect(200);
                    return null;
                }
            ),
            (
                "vm.expire",
                "system",
                async () =>
                {
                    Portal.MoveTo((await asha.PlanAsync()).Expiry + PlanLife.Moment);
                    return await RunAsync("vms.auto_release", true);
                }
            ),
            SignInAgain,
            ("credit.adjust", "machine", () => TopUpAsync(1000)),
            ("plan.buy", "customer", () => AskAsync("/plan/buy", new { plan_id = "vms-5" }, 201)),
            ("plan.cancel", "customer", () => AskAsync("/plan/cancel", new { }, 200)),
        ];

    /// <summary>The clock of the database differs; once that passes by itself, once an operator decides.</summary>
    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Clocks =>
        [
            (
                "clock.brake",
                "system",
                async () =>
                {
                    Portal.DatabaseAhead = TimeSpan.FromDays(-1);
                    await RunAsync("plans.remind", false);
                    return null;
                }
            ),
            (
                "clock.agrees",
                "system",
                async () =>
                {
                    Portal.DatabaseAhead = TimeSpan.Zero;
                    await RunAsync("plans.remind", false);
                    Portal.Clock.Advance(ClockBrake.Agreeing);
                    await RunAsync("plans.remind", true);
                    return null;
                }
            ),
            (
                "clock.brake",
                "system",
                async () =>
                {
                    Portal.DatabaseAhead = TimeSpan.FromDays(-1);
                    await RunAsync("plans.remind", false);
                    return null;
                }
            ),
            (
                "clock.lift",
                "machine",
                async () =>
                {
                    (
                        await Portal.AdminPostAsync("/admin/clock-brake-lift", new { reason = "date -u is right" })
                    ).Expect(200);
                    return null;
                }
            ),
        ];

    private (string Act, string Actor, Func<Task<string?>> Tell) SignInAgain =>
        ("account.sign_in", "identity", async () => (asha = await Portal.SignUpAsync("asha")).Sid);

    private async Task<string?> TopUpAsync(long cents)
    {
        await asha.TopUpAsync(cents);
        return asha.Sid;
    }

    private async Task<string?> AskAsync(string path, object body, int status)
    {
        (await asha.PostAsync(path, body)).Expect(status);
        return asha.Sid;
    }

    private async Task<string?> RunAsync(string job, bool ok)
    {
        var run = (await Portal.RunJobAsync(job))!;
        Assert.True(run.Ok == ok, run.Report);
        return asha.Sid;
    }
}

using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// The page of the plan and the notice on every page, each state once: wide, on a phone, dark, and by the rules of
/// accessibility.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class PlanInItsStates(Chromium chromium)
{
    [Fact]
    public async Task From_an_unused_plan_to_one_that_is_over()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), kestrel: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(3000);
        await using var window = await chromium.OpenAsync(asha);
        await GoAsync(window, portal, "/plan");
        await window.SeesAsync("No machine was ever started under this plan");
        await window.LookAsync("plan-unused");
        await window.Button("Cancel the plan").ClickAsync();
        await window.SeesAsync("Cancel your plan?");
        await window.LookAsync("plan-cancel");
        await window.Button("Keep it").ClickAsync();
        await window.Button("Turn on").ClickAsync();
        await window.SeesAsync("Your plan renews by itself.");
        (await asha.AllocateAsync()).Expect(201);
        var plan = await asha.PlanAsync();
        // Moving the clock would end the session as well, so the end of the plan is moved instead.
        await MoveEndAsync(portal, TimeSpan.FromHours(20));
        await portal.Units.RunAsync(
            "test.state",
            Actor.System("test"),
            unit =>
                unit.Db.Purchases.ExecuteUpdateAsync(set =>
                    set.SetProperty(p => p.RenewRefusedCode, "credit.insufficient")
                )
        );
        await SetBalanceAsync(portal, 1_234_567);
        await GoAsync(window, portal, "/dashboard");
        await window.SeesAsync("It could not renew by itself");
        await window.LookAsync("notice-last-day");
        await SetBalanceAsync(portal, 30_000_000);
        await UpgradeAsync(window, portal);
        Assert.Equal((1, 10), ((await asha.PlanAsync()).Used, (await asha.PlanAsync()).VmCount));
        Assert.NotEqual(plan.Sid, (await asha.PlanAsync()).Sid);
        await MoveEndAsync(portal, TimeSpan.FromHours(-1));
        await SetBalanceAsync(portal, 30_000_000);
        await GoAsync(window, portal, "/plan");
        await window.SeesAsync("Your plan has ended.");
        await window.LookAsync("plan-over");
        await window.Button("Renew for $20.00").ClickAsync();
        await window.SeesAsync("Renewed.");
        await GoAsync(window, portal, "/plans");
        await window.LookAsync("plans-with-rules");
    }

    private static async Task UpgradeAsync(Window window, Portal portal)
    {
        await GoAsync(window, portal, "/plan");
        await window.Button("Upgrade to 10 machines").ClickAsync();
        await window.SeesAsync("This cannot be undone");
        await window.LookAsync("plan-upgrade");
        await window.Button("Upgrade now").ClickAsync();
        await window.SeesAsync("You have 10 machines now.");
        await window.LookAsync("plan-upgraded");
    }

    [Fact]
    public async Task Bought_anew_while_the_machines_of_the_plan_before_are_kept()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), kestrel: true);
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        await asha.TopUpAsync(1000);
        await MoveEndAsync(portal, TimeSpan.FromHours(-1));
        await using var window = await chromium.OpenAsync(asha);
        await GoAsync(window, portal, "/plans");
        await window.SeesAsync("A new plan does not keep the machines that you have.");
        await window.LookAsync("plans-in-grace");
        (await asha.BuyPlanAsync("vms-5", startNow: true)).Expect(201);
        await GoAsync(window, portal, "/dashboard");
        await window.SeesAsync("It cannot be renewed any more");
        await window.LookAsync("dashboard-two-plans");
    }

    [Fact]
    public async Task Auto_release_for_operators()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2), kestrel: true);
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        await portal.LetExpireAsync(asha);
        await portal.Units.RunAsync(
            "test.state",
            Actor.System("test"),
            unit =>
                unit.Db.Database.ExecuteSqlRawAsync(
                    "INSERT INTO meta (key, value) VALUES ('auto_release.brake', 'The clock jumped by 24 hours "
                        + "forward, seen at 24 Nov 2026, 10:14 UTC.')"
                )
        );
        await using var window = await chromium.OpenAsync();
        await GoAsync(window, portal, "/admin/login");
        await window.Page.FillAsync("input[name=secret]", Portal.AdminSecret);
        await window.Page.FillAsync("input[name=name]", "Neema");
        await window.Button("Sign in").ClickAsync();
        await GoAsync(window, portal, "/admin/jobs");
        await window.Button("Go on despite the brakes").ClickAsync();
        await window.SeesAsync("Release 2 machines now?");
        await window.LookAsync("auto-release");
        await window.Button("Release them").ClickAsync();
        await window.SeesAsync("2 machines released.");
    }

    private static Task GoAsync(Window window, Portal portal, string path) =>
        window.Page.GotoAsync(new Uri(portal.Address, path).ToString());

    private static Task MoveEndAsync(Portal portal, TimeSpan left) =>
        portal.Units.RunAsync(
            "test.state",
            Actor.System("test"),
            async unit =>
            {
                DateTimeOffset end = unit.Now + left;
                DateTimeOffset? expiry = end + PlanLife.Grace;
                await unit.Db.Purchases.ExecuteUpdateAsync(set =>
                    set.SetProperty(p => p.PeriodEnd, end).SetProperty(p => p.ExpiresAt, expiry)
                );
                await unit.Db.VmAllocations.ExecuteUpdateAsync(set => set.SetProperty(a => a.ExpiresAt, expiry.Value));
            }
        );

    private static Task SetBalanceAsync(Portal portal, long micros) =>
        portal.Units.RunAsync(
            "test.state",
            Actor.System("test"),
            unit => unit.Db.Database.ExecuteSqlRawAsync("UPDATE accounts SET balance = {0}", micros)
        );
}

using HeroOnboarding.Store;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// The sentence on pages while nothing can be saved, and the card of the clock brake: wide, on a phone, dark, and by
/// the rules of accessibility.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class WhileNothingIsSaved(Chromium chromium)
{
    [Fact]
    public async Task Customers_and_operators_read_that_changes_cannot_be_saved()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2), kestrel: true);
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        await using var customer = await chromium.OpenAsync(asha);
        await using var operators = await SignInAsync(portal);
        portal.Crash.Hook = (point, _) =>
        {
            if (point == "before commit")
                throw new SqliteException("planted", 13);
        };
        (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreNotWritable);
        // Checked at once: a browser would wait long for a missing sentence.
        Assert.Contains(
            "Changes cannot be saved right now.",
            (await asha.Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
        await GoAsync(customer, portal, "/dashboard");
        await customer.SeesAsync("Changes cannot be saved right now.");
        await customer.LookAsync("not-saved-customer");
        await GoAsync(operators, portal, "/admin");
        await operators.SeesAsync("SQLite 13");
        await operators.LookAsync("not-saved-operators");
    }

    [Fact]
    public async Task An_operator_says_why_the_clock_is_right()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, kestrel: true);
        await portal.Units.RunAsync(
            "test.state",
            Actor.System("test"),
            unit =>
                unit.Db.Database.ExecuteSqlRawAsync(
                    "INSERT INTO meta (key, value) VALUES ('clock.brake', {0})",
                    """{"why":"The clock jumped by 30 days forward.","since":1,"beat":1}"""
                )
        );
        await using var operators = await SignInAsync(portal);
        await GoAsync(operators, portal, "/admin/jobs");
        await operators.LookAsync("clock-in-doubt");
        await operators.Page.FillAsync("form[action='/admin/clock-brake-lift'] input[name=reason]", "Compared it");
        await operators.Button("The clock is right: go on").ClickAsync();
        await operators.SeesAsync("The clock brake is lifted.");
    }

    private async Task<Window> SignInAsync(Portal portal)
    {
        var window = await chromium.OpenAsync();
        await GoAsync(window, portal, "/admin/login");
        await window.Page.FillAsync("input[name=secret]", Portal.AdminSecret);
        await window.Page.FillAsync("input[name=name]", "Neema");
        await window.Button("Sign in").ClickAsync();
        return window;
    }

    private static Task GoAsync(Window window, Portal portal, string path) =>
        window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
}

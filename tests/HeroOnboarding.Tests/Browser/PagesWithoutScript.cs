using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.InBrowser;

[Collection(OneBrowser.Name)]
public sealed class PagesWithoutScript(Chromium chromium)
{
    [Fact]
    public async Task Buying_taking_and_giving_back_work_in_a_browser_that_runs_no_script()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), kestrel: true);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        await using var window = await chromium.OpenAsync(asha, script: false);
        await window.Page.GotoAsync(new Uri(portal.Address, "/plans").ToString());
        await window.Button("Buy for $10.00").ClickAsync();
        await window.SeesAsync("Your first machine is below.");
        await window.Button("Get a machine").ClickAsync();
        await window.SeesAsync("vm-0002 is yours.");
        await window.Button("Release vm-0001").ClickAsync();
        await window.Button("Give vm-0001 back").ClickAsync();
        await window.SeesAsync("vm-0001 was given back.");
        await window.Page.GotoAsync(new Uri(portal.Address, "/account").ToString());
        await window.Link("Sign out everywhere").ClickAsync();
        await window.SeesAsync("Sign out everywhere?");
        await window.Button("Sign out everywhere").ClickAsync();
        await window.SeesAsync("You are signed out.");
    }

    [Fact]
    public async Task With_script_times_are_in_the_readers_zone_and_a_double_click_sends_once()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), kestrel: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await using var window = await chromium.OpenAsync(asha);
        await window.Page.GotoAsync(new Uri(portal.Address, "/dashboard").ToString());
        await window.Button("Get a machine").DblClickAsync();
        await window.SeesAsync("vm-0001 is yours.");
        var time = window.Page.Locator("td time");
        // 30 days, and the three in which machines are kept after their plan.
        var nairobi = portal.Now.AddDays(33).ToOffset(TimeSpan.FromHours(3));
        Assert.Equal(nairobi.ToString("d MMM yyyy, HH:mm") + " EAT", (await time.InnerTextAsync()).Replace("Sept", "Sep", StringComparison.Ordinal));
        Assert.EndsWith(" UTC", await time.GetAttributeAsync("title"), StringComparison.Ordinal);
        Assert.Equal(1, await window.Page.Locator("#services tbody tr").CountAsync());
    }

    [Fact]
    public async Task Markup_in_names_addresses_and_reasons_never_runs()
    {
        const string payload = "\"><img src=x onerror=alert(1)><script>alert(2)</script>";
        await using var portal = await Portal.StartAsync(Db.Sqlite, $$"""[{"id":"vm-1","address":{{System.Text.Json.JsonSerializer.Serialize(payload)}},"ssh_user":"hero"}]""", kestrel: true);
        var asha = await portal.SignUpAsync(payload);
        await asha.PassKycAsync();
        (await portal.AdminPostAsync("/admin/credit-adjust", new { user_sid = asha.Sid, amount_cents = 1000, reason = payload })).Expect(200);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        await using var window = await chromium.OpenAsync(asha);
        foreach (var path in new[] { "/", "/login", "/plans", "/dashboard", "/credit", "/account", "/kyc" })
        {
            await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
            Assert.Equal(0, await window.Page.Locator("img[src=x]").CountAsync());
        }
    }
}

using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

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
        var shown = (await time.InnerTextAsync()).Replace("Sept", "Sep", StringComparison.Ordinal);
        Assert.Matches($"^{nairobi:d MMM yyyy, HH:mm} {Zone}$", shown);
        Assert.EndsWith(" UTC", await time.GetAttributeAsync("title"), StringComparison.Ordinal);
        Assert.Equal(1, await window.Page.Locator("#services tbody tr").CountAsync());
    }

    /// <summary>Texts in UTC beside times in the reader's zone would be read as one zone.</summary>
    [Fact]
    public async Task A_page_shows_its_times_in_one_zone_and_names_it()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), kestrel: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(1000);
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        var plan = await portal.ReadAsync(d => d.Purchases.Select(p => p.Sid).SingleAsync());
        await using var window = await chromium.OpenAsync(asha);
        foreach (
            var path in new[] { "/plan?renewed=" + plan, "/plan?auto_renew=on", "/dashboard", "/account", "/credit" }
        )
        {
            var text = await TextAsync(window, portal, path);
            Assert.Matches(Zone, text);
            Assert.DoesNotContain("UTC", text, StringComparison.Ordinal);
        }
        var titles = await window.Page.Locator("time").EvaluateAllAsync<string[]>("all => all.map(t => t.title)");
        Assert.All(titles, title => Assert.EndsWith(" UTC", title, StringComparison.Ordinal));
        Assert.Matches(
            $@"All machines of this plan end together on .* {Zone} \(in 60 days\)",
            await TextAsync(window, portal, "/dashboard")
        );
        var receipt = await portal.ReadAsync(d =>
            d.Set<HeroOnboarding.Credit.Receipt>().Select(r => r.Number).FirstAsync()
        );
        await OnlyUtcAsync(window, portal, "/receipts/" + receipt);
        await window.Page.GotoAsync(new Uri(portal.Address, "/admin/login").ToString());
        await window.Page.FillAsync("input[name=secret]", Portal.AdminSecret);
        await window.Page.FillAsync("input[name=name]", "Neema");
        await window.Button("Sign in").ClickAsync();
        foreach (var path in new[] { "/admin/users/" + asha.Sid, "/admin/users", "/admin/audit" })
            await OnlyUtcAsync(window, portal, path);
        await window.SeesAsync("All times are UTC.");
    }

    private const string Zone = @"(EAT|GMT\+3)";

    private static async Task<string> TextAsync(Window window, Portal portal, string path)
    {
        await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
        return await window.Page.Locator("main").InnerTextAsync();
    }

    private static async Task OnlyUtcAsync(Window window, Portal portal, string path)
    {
        var text = await TextAsync(window, portal, path);
        Assert.Contains("UTC", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(Zone, text);
    }

    [Fact]
    public async Task Markup_in_names_and_reasons_never_runs()
    {
        const string payload = "\"><img src=x onerror=alert(1)><script>alert(2)</script>";
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            """[{"id":"vm-1","address":"10.0.0.1","ssh_user":"hero"}]""",
            kestrel: true
        );
        var asha = await portal.SignUpAsync(payload);
        await asha.PassKycAsync();
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = 1000,
                    reason = payload,
                }
            )
        ).Expect(200);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        await using var window = await chromium.OpenAsync(asha);
        foreach (var path in new[] { "/", "/login", "/plans", "/dashboard", "/credit", "/account", "/kyc" })
        {
            await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
            Assert.Equal(0, await window.Page.Locator("img[src=x]").CountAsync());
        }
    }
}

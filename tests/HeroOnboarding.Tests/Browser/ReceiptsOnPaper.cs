using System.Text;
using System.Text.RegularExpressions;
using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Support;
using Microsoft.Playwright;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>Receipts on a screen and on paper, and the question before an account is exchanged.</summary>
[Collection(OneBrowser.Name)]
public sealed class ReceiptsOnPaper(Chromium chromium)
{
    private static readonly Dictionary<string, string?> Links = new()
    {
        ["SUPPORT_URL"] = "https://help.example.org/",
        ["PRIVACY_URL"] = "https://example.org/privacy",
        ["SELLER_NAME"] = "Hero Machines Ltd",
        ["SELLER_ADDRESS"] = "Samora Avenue 1, 11101 Dar es Salaam, Tanzania",
    };

    [Fact]
    public async Task A_receipt_looks_right_and_prints_on_one_page_of_A4_black_on_white()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), Links, kestrel: true);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = 2500,
                    reason = "bank transfer of 12 November",
                }
            )
        ).Expect(200);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        var number = Receipts.NumberOf(portal.Now.UtcDateTime.Year, 1);
        await using var window = await chromium.OpenAsync(asha);
        await window.Page.AddInitScriptAsync("window.print = () => { document.title = 'printing'; }");
        await window.Page.GotoAsync(new Uri(portal.Address, "/credit").ToString());
        await window.LookAsync("credit-with-receipts");
        await window.Link("Receipt " + number).ClickAsync();
        await window.SeesAsync("bank transfer of 12 November");
        await window.LookAsync("receipt");
        await window.Button("Print").ClickAsync();
        Assert.Equal("printing", await window.Page.TitleAsync());
        await ExpectPaperAsync(window.Page, "receipt-print");
        await using var still = await chromium.OpenAsync(asha, script: false);
        await still.Page.GotoAsync(new Uri(portal.Address, "/receipts/" + number).ToString());
        await still.SeesAsync("$25.00");
        Assert.False(await still.Page.Locator("[data-print]").IsVisibleAsync());
    }

    [Fact]
    public async Task Operators_see_the_list_and_the_same_receipt()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), Links, kestrel: true);
        var asha = await portal.SignUpWithPlanAsync("asha-with-a-rather-long-login");
        await asha.TopUpAsync(-1999);
        using var operators = await Conventions.Route.OperatorAsync(portal);
        var name = Sessions.CookieName(SessionKind.Operator);
        await using var window = await chromium.OpenAsync();
        await window.Context.AddCookiesAsync([
            new()
            {
                Name = name,
                Value = operators.Cookies.GetCookies(Portal.Base)[name]!.Value,
                Url = "https://" + portal.Address.Host,
                Secure = true,
                HttpOnly = true,
            },
        ]);
        await window.Page.GotoAsync(new Uri(portal.Address, "/admin/receipts").ToString());
        await window.LookAsync("admin-receipts");
        await window.Link(Receipts.NumberOf(portal.Now.UtcDateTime.Year, 2)).ClickAsync();
        await window.SeesAsync("Plan bought: 5 machines, 30 days");
        await window.LookAsync("admin-receipt");
        await ExpectPaperAsync(window.Page, "admin-receipt-print");
    }

    [Fact]
    public async Task The_question_before_another_account_takes_over_and_the_wait_where_nothing_is_free()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        var settings = new Dictionary<string, string?>(Links)
        {
            ["FORGE_URL"] = forge.Issuer,
            ["FORGE_CLIENT_ID"] = forge.ClientId,
            ["FORGE_CLIENT_SECRET"] = forge.ClientSecret,
            ["HANDOUTS_PER_SLOT"] = "9",
        };
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1), settings, kestrel: true);
        forge.AllowRedirect(new Uri(portal.Address, "/login/forge/callback").ToString());
        portal.Wire.Allow(forge.Address);
        var asha = await portal.SignUpWithPlanAsync("asha");
        for (var lease = 1; lease <= 3; lease++)
        {
            (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
            portal.Clock.Advance(TimeSpan.FromMinutes(4));
            (
                await portal.AdminPostAsync(
                    "/admin/pool-vm-ready",
                    new { pool_vm_id = "vm-0001", lease_number = lease }
                )
            ).Expect(200);
        }
        (await asha.AllocateAsync()).Expect(201);
        await using var window = await chromium.OpenAsync(asha);
        foreach (
            var (path, name) in new[]
            {
                ("/dashboard", "dashboard-wait"),
                ("/dashboard?refused=pool.empty", "dashboard-wait-refused"),
                ("/plans", "plans-wait"),
            }
        )
        {
            await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
            await window.SeesAsync("A machine usually comes back within about 4 minutes.");
            await window.LookAsync(name);
        }
        await window.Page.GotoAsync(new Uri(portal.Address, "/login?return_url=%2Fplans").ToString());
        await window.Link("Sign in with another account").ClickAsync();
        await window.Button("Sign in as juma").ClickAsync();
        await window.SeesAsync("You are signed in as asha. Sign in as juma instead?");
        await window.LookAsync("switch-account");
        await window.Button("Sign in as juma").ClickAsync();
        await window.Page.WaitForURLAsync(new Uri(portal.Address, "/plans").ToString());
        await Assertions.Expect(window.Page.GetByTitle("Signed in as juma")).ToBeVisibleAsync();
    }

    private static async Task ExpectPaperAsync(IPage page, string name)
    {
        await page.SetViewportSizeAsync(794, 1123);
        // Also for people whose screen is dark.
        await page.EmulateMediaAsync(new() { Media = Media.Print, ColorScheme = ColorScheme.Dark });
        Assert.Equal(
            "rgb(255, 255, 255) rgb(0, 0, 0)",
            await page.EvaluateAsync<string>(
                "(s => s.backgroundColor + ' ' + s.color)(getComputedStyle(document.body))"
            )
        );
        foreach (var gone in new[] { ".bar", ".skip", ".foot", ".unprinted", "[data-print]" })
        foreach (var element in await page.Locator(gone).AllAsync())
            Assert.False(await element.IsVisibleAsync(), gone);
        var pdf = await page.PdfAsync(
            new()
            {
                Path = Window.Folder is { } folder ? Path.Combine(folder, name + ".pdf") : null,
                PreferCSSPageSize = true,
            }
        );
        var text = Encoding.Latin1.GetString(pdf);
        Assert.StartsWith("%PDF-", text, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(text, @"/Type\s*/Page\b(?!s)"));
        Assert.Matches(@"/MediaBox\s*\[0 0 59[45][\d.]* 84[12][\d.]*\]", text);
        await page.EmulateMediaAsync(new() { Media = Media.Screen });
    }
}

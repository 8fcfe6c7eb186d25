using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Cockpit;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>A portal with everything it talks to, each by its real provider code.</summary>
public sealed class Neighbourhood : IAsyncDisposable
{
    public required Portal Portal { get; init; }
    public required ForgeSimulator Forge { get; init; }
    public required CockpitSimulator Cockpits { get; init; }
    public required StripeSimulator Stripe { get; init; }
    public required IdenfySimulator Idenfy { get; init; }

    public static async Task<Neighbourhood> StartAsync()
    {
        var forge = await ForgeSimulator.StartAsync();
        var cockpits = await CockpitSimulator.StartAsync();
        var stripe = await StripeSimulator.StartAsync(new StripeOptions { AutoDeliver = true });
        var idenfy = await IdenfySimulator.StartAsync(
            new IdenfyOptions { AutoDeliver = true, SigningKey = "simulated-idenfy-signing-key" }
        );
        var pool =
            $$"""[{"id":"vm-014","address":"10.4.0.14","cockpit_url":"{{cockpits.PageOf("vm-014")}}"},"""
            + $$"""{"id":"vm-022","cockpit_url":"{{cockpits.PageOf("vm-022")}}"}]""";
        var portal = await Portal.StartAsync(
            Db.Sqlite,
            pool,
            new Dictionary<string, string?>
            {
                ["FORGE_URL"] = forge.Issuer,
                ["FORGE_CLIENT_ID"] = forge.ClientId,
                ["FORGE_CLIENT_SECRET"] = forge.ClientSecret,
                ["STRIPE_API_URL"] = stripe.ApiBase,
                ["STRIPE_SECRET_KEY"] = "sk_test_journey",
                ["STRIPE_WEBHOOK_SIGNING_KEY"] = stripe.WebhookSecret,
                ["IDENFY_API_URL"] = idenfy.Address.ToString(),
                ["IDENFY_API_KEY"] = new IdenfyOptions().Key,
                ["IDENFY_API_SECRET"] = new IdenfyOptions().Secret,
                ["IDENFY_WEBHOOK_SECRET"] = "simulated-idenfy-signing-key",
                ["IDENFY_ENVIRONMENT"] = "dev",
                ["TERMS_URL"] = "https://example.org/terms",
                ["PRIVACY_URL"] = "https://example.org/privacy",
                ["SELLER_NAME"] = "Example Machines Ltd",
                ["SUPPORT_URL"] = "https://example.org/help",
            },
            background: true,
            kestrel: true
        );
        forge.AllowRedirect(new Uri(portal.Address, "/login/forge/callback").ToString());
        foreach (var address in new[] { forge.Address, stripe.Address, idenfy.Address })
            portal.Wire.Allow(address);
        stripe.WebhookUrl = new Uri(portal.Address, "/webhooks/stripe");
        idenfy.CallbackUrl = new Uri(portal.Address, "/webhooks/idenfy");
        return new Neighbourhood
        {
            Portal = portal,
            Forge = forge,
            Cockpits = cockpits,
            Stripe = stripe,
            Idenfy = idenfy,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Forge.DisposeAsync();
        await Cockpits.DisposeAsync();
        await Stripe.DisposeAsync();
        await Idenfy.DisposeAsync();
    }
}

/// <summary>From a stranger to an open cockpit: what a person clicks on our pages, counted.</summary>
[Collection(OneBrowser.Name)]
public sealed class SixClicks(Chromium chromium)
{
    private int clicks;

    [Fact]
    public async Task From_sign_in_to_an_open_cockpit()
    {
        await using var there = await Neighbourhood.StartAsync();
        await using var window = await chromium.OpenAsync();
        await window.Page.GotoAsync(there.Portal.Address.ToString());
        await LookAndClickAsync(
            window,
            "1-home",
            window.Page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "Sign in" })
        );
        await LookAndClickAsync(window, "2-login", window.Link("Sign in with Forge"));
        await window.Button("Sign in as asha").ClickAsync();
        await window.SeesAsync("By going on you accept the");
        await LookAndClickAsync(window, "3-choose", window.Button("Choose 5 machines"));
        await window.SeesAsync("A few minutes with an identity document and a camera.");
        await LookAndClickAsync(window, "4-verify", window.Button("Verify identity"));
        await window.Button("Approve").ClickAsync();
        await window.SeesAsync("exactly $10.00 is missing");
        await LookAndClickAsync(window, "5-pay", window.Button("Pay $10.00"));
        await window.Button("Pay").First.ClickAsync();
        var open = window.Page.GetByText("Open →");
        await Assertions.Expect(open).ToBeVisibleAsync();
        await LookAndClickAsync(window, "6-open", open);
        await window.SeesAsync("Cockpit of vm-014");
        Assert.InRange(clicks, 1, 6);
        Assert.Equal(0, await there.Portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync()));
        Assert.Equal(2, await there.Portal.ReadAsync(d => d.Receipts.CountAsync()));
        Assert.Equal(0, there.Idenfy.WastedTokens);
    }

    [Fact]
    public async Task The_same_way_without_script()
    {
        await using var there = await Neighbourhood.StartAsync();
        await using var window = await chromium.OpenAsync(script: false);
        await window.Page.GotoAsync(new Uri(there.Portal.Address, "/plans").ToString());
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Choose 5 machines" }).ClickAsync();
        await window.Link("Sign in with Forge").ClickAsync();
        await window.Button("Sign in as asha").ClickAsync();
        await window.Button("Continue").ClickAsync();
        await window.Button("Verify identity").ClickAsync();
        await window.Button("Approve").ClickAsync();
        await window.Button("Pay $10.00").ClickAsync();
        await window.Button("Pay").First.ClickAsync();
        await there.Stripe.DeliveredAsync();
        var open = window.Page.GetByText("Open →");
        for (var looks = 0; looks < 50 && await open.CountAsync() == 0; looks++)
            await window.Page.GotoAsync(new Uri(there.Portal.Address, "/start").ToString());
        await open.ClickAsync();
        await window.SeesAsync("Cockpit of vm-014");
    }

    private async Task LookAndClickAsync(Window window, string name, ILocator control)
    {
        await window.LookAsync("journey-" + name);
        await window.Page.SetViewportSizeAsync(1280, 800);
        await control.ClickAsync();
        clicks++;
    }
}

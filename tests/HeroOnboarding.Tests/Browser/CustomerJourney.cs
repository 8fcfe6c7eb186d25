using HeroOnboarding.Accounts;
using HeroOnboarding.Simulators.Cockpit;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace HeroOnboarding.Tests.InBrowser;

[Collection(OneBrowser.Name)]
public sealed class CustomerJourney(Chromium chromium)
{
    [Fact]
    public async Task A_stranger_signs_in_buys_a_plan_opens_the_cockpit_and_gives_the_machine_back()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        await using var cockpits = await CockpitSimulator.StartAsync();
        await using var deployer = await DeployerSimulator.StartAsync();
        await using var portal = await StartAsync(forge, cockpits, deployer);
        await using (var window = await chromium.OpenAsync())
        {
            await SignInAsync(window, portal);
            await VerifyAndCreditAsync(portal);
            await BuyAsync(window, portal);
            await OpenCockpitAsync(window, cockpits);
            await GiveBackAsync(window, portal);
            await GetByKeyboardAsync(window, portal);
            await window.Button("Sign out").ClickAsync();
            await window.SeesAsync("You are signed out.");
        }
        // One assigned and one released; the notice of the machine that was taken by keyboard is not due yet.
        Assert.Equal(2, deployer.Calls.Count);
    }

    private static async Task<Portal> StartAsync(
        ForgeSimulator forge,
        CockpitSimulator cockpits,
        DeployerSimulator deployer
    )
    {
        var pool =
            $$"""[{"id":"vm-014","address":"10.4.0.14","cockpit_url":"{{cockpits.PageOf("vm-014")}}"},"""
            + $$"""{"id":"vm-022","address":"10.4.0.22","cockpit_url":"{{cockpits.PageOf("vm-022")}}"}]""";
        var portal = await Portal.StartAsync(
            Db.Sqlite,
            pool,
            new Dictionary<string, string?>
            {
                ["FORGE_URL"] = forge.Issuer,
                ["FORGE_CLIENT_ID"] = forge.ClientId,
                ["FORGE_CLIENT_SECRET"] = forge.ClientSecret,
                ["DEPLOYER_URL"] = deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = deployer.Secret,
            },
            kestrel: true
        );
        forge.AllowRedirect(new Uri(portal.Address, "/login/forge/callback").ToString());
        portal.Wire.Allow(forge.Address);
        portal.Wire.Allow(deployer.Address);
        return portal;
    }

    private static async Task SignInAsync(Window window, Portal portal)
    {
        await window.Page.GotoAsync(portal.Address.ToString());
        await window.Page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await window.Link("Sign in with Forge").ClickAsync();
        await window.Button("Sign in as asha").ClickAsync();
        await window.SeesAsync("Then verify, pay exactly what is missing, and start");
        Assert.Equal("/dashboard", new Uri(window.Page.Url).AbsolutePath);
    }

    private static async Task VerifyAndCreditAsync(Portal portal)
    {
        var sid = await portal.ReadAsync(db =>
            db.Accounts.Where(a => a.ForgeId == "4200").Select(a => a.Sid).SingleAsync()
        );
        (await portal.AdminPostAsync("/admin/kyc-verify", new { user_sid = sid, reason = "passport seen" })).Expect(
            200
        );
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = sid,
                    amount_cents = 2500,
                    reason = "bank transfer",
                }
            )
        ).Expect(200);
    }

    private static async Task BuyAsync(Window window, Portal portal)
    {
        await window.Link("Plans").ClickAsync();
        await window.Button("Buy for $10.00").ClickAsync();
        await window.SeesAsync("Plan bought: 5 machines for 30 days.");
        await window.SeesAsync("Being handed to you");
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await portal.DeliverAsync());
        await window.Link("Dashboard").ClickAsync();
        await Assertions.Expect(window.Page.GetByText("Active", new() { Exact = true })).ToBeVisibleAsync();
    }

    private static async Task OpenCockpitAsync(Window window, CockpitSimulator cockpits)
    {
        await window.Page.GetByText("Open →").ClickAsync();
        await window.SeesAsync("Cockpit of vm-014");
        Assert.Equal(cockpits.PageOf("vm-014").ToString(), window.Page.Url);
        await window.Page.GoBackAsync();
    }

    private static async Task GiveBackAsync(Window window, Portal portal)
    {
        await window.Button("Release vm-014").ClickAsync();
        await window.SeesAsync("Everything on it will be erased. You get the slot back; no money back.");
        await window.Button("Keep it").ClickAsync();
        await Assertions.Expect(window.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await window.Button("Release vm-014").ClickAsync();
        await window.Button("Give vm-014 back").ClickAsync();
        await window.SeesAsync("vm-014 was given back.");
        await window.SeesAsync("Given back, erasure requested");
        Assert.Equal(1, await portal.DeliverAsync());
        await window.Page.ReloadAsync();
        await window.SeesAsync("Erased");
    }

    private static async Task GetByKeyboardAsync(Window window, Portal portal)
    {
        // A click returns before the next page is loaded; a key pressed at once would go to the page that is left.
        await window.Page.GotoAsync(new Uri(portal.Address, "/dashboard").ToString());
        await window.TabToAsync(window.Button("Get a machine"));
        await window.Page.Keyboard.PressAsync("Enter");
        await window.SeesAsync("vm-022 is yours.");
    }
}

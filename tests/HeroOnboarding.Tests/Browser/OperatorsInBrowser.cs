using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.InBrowser;

[Collection(OneBrowser.Name)]
public sealed class OperatorsInBrowser(Chromium chromium)
{
    [Fact]
    public async Task An_owner_comes_in_by_name_and_makes_a_token_and_a_viewer_only_looks()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            Portal.Machines(3),
            new Dictionary<string, string?>(NamedOperators.Settings("4203:owner"))
            {
                ["FORGE_URL"] = forge.Issuer,
                ["FORGE_CLIENT_ID"] = forge.ClientId,
                ["FORGE_CLIENT_SECRET"] = forge.ClientSecret,
            },
            kestrel: true
        );
        forge.AllowRedirect(new Uri(portal.Address, "/login/forge/callback").ToString());
        portal.Wire.Allow(forge.Address);
        await using var window = await chromium.OpenAsync();
        await ComeInAsync(window, portal, "owner", look: true);
        await LetInAsync(window);
        await MakeTokenAsync(window);
        await window.Button("Sign out").ClickAsync();
        await ComeInAsync(window, portal, "viewer", look: false);
        await window.Link("Pool").ClickAsync();
        await window.SeesAsync("vm-0002");
        await window.LookAsync("viewer-pool");
        Assert.Equal(["Sign out"], await window.Page.Locator("form[method=post] button").AllInnerTextsAsync());
        Assert.Equal(0, await window.Link("Tokens").CountAsync());
    }

    private static async Task ComeInAsync(Window window, Portal portal, string login, bool look)
    {
        await window.Page.GotoAsync(new Uri(portal.Address, "/admin").ToString());
        if (look)
            await window.LookAsync("operator-sign-in");
        await window.Link("Sign in with Forge").ClickAsync();
        await window.Button("Sign in as " + login).ClickAsync();
        await window.SeesAsync("What needs somebody first");
    }

    private static async Task LetInAsync(Window window)
    {
        await window.Link("Operators").ClickAsync();
        await window.Page.Locator("[name=forge_id]:visible").FillAsync("4204");
        await window.Page.Locator("[name=login]").FillAsync("viewer");
        await window.Button("Set the role").ClickAsync();
        await window.SeesAsync("The role is set");
        await window.LookAsync("operators");
    }

    private static async Task MakeTokenAsync(Window window)
    {
        await window.Link("Tokens").ClickAsync();
        await window.Page.Locator("[name=name]").FillAsync("deployer-arusha");
        await window.Page.Locator("[value=deployer]").CheckAsync();
        await window.Page.Locator("[value=tick]").CheckAsync();
        await window.Button("Make the token").ClickAsync();
        await window.SeesAsync("It is shown this once");
        await window.LookAsync("token-shown");
        await window.Link("To the tokens").ClickAsync();
        await window.SeesAsync("deployer, tick");
        await window.LookAsync("tokens");
    }
}

using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// A portal and a real OpenID Connect provider on loopback, with the steps of people and attackers between the two.
/// </summary>
public sealed class ForgePortal : IAsyncDisposable
{
    public const string Callback = "/login/forge/callback";
    public const string ClientSecret = "forge-client-secret-of-this-test";

    private ForgePortal(Portal portal, ForgeSimulator forge) => (Portal, Forge) = (portal, forge);

    public Portal Portal { get; }
    public ForgeSimulator Forge { get; }

    public static async Task<ForgePortal> StartAsync(
        Db db = Db.Sqlite,
        IReadOnlyDictionary<string, string?>? environment = null
    )
    {
        var forge = await ForgeSimulator.StartAsync(new ForgeOptions { ClientSecret = ClientSecret });
        forge.AllowRedirect(new Uri(Portal.Base, Callback).ToString());
        // The first answers of the provider are slow on a busy machine; the portal's own time-out is for real outages.
        using (var client = new HttpClient())
            foreach (var path in new[] { ".well-known/openid-configuration", "login/oauth/keys" })
                await client.GetStringAsync(new Uri(forge.Address, path));
        var settings = new Dictionary<string, string?>(
            environment ?? new Dictionary<string, string?>(),
            StringComparer.Ordinal
        )
        {
            ["FORGE_URL"] = forge.Address.ToString(),
            ["FORGE_CLIENT_ID"] = forge.ClientId,
            ["FORGE_CLIENT_SECRET"] = ClientSecret,
        };
        var portal = await Portal.StartAsync(db, Portal.Machines(3), settings);
        portal.Wire.Allow(forge.Address);
        return new ForgePortal(portal, forge);
    }

    /// <summary>A whole sign-in by redirects; the reply is the page on which it ends.</summary>
    public async Task<Reply> SignInAsync(Browser browser, string login = "asha", string start = "/login/forge/start")
    {
        Forge.Knobs.AutoSignInAs = login;
        return await browser.OpenAsync(start);
    }

    /// <summary>Goes to the Forge and agrees there, but does not yet follow the way back.</summary>
    /// <returns>The address of the callback with code and state.</returns>
    public async Task<string> AgreeAsync(Browser browser, string login = "asha", string start = "/login/forge/start")
    {
        var away = (await GetAsync(browser, start)).Expect(302).Location!;
        return (await GetAsync(browser, away + "&sign_in_as=" + login)).Expect(302).Location!;
    }

    /// <summary>One request, as a program sends it that reads the refusal's code.</summary>
    public static Task<Reply> GetAsync(Browser browser, string url) => browser.SendRawAsync(HttpMethod.Get, url, null);

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Forge.DisposeAsync();
    }
}

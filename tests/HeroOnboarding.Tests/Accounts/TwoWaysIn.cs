using HeroOnboarding.Accounts;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// A portal with both sign-in methods and a deployer that receives changes; people link and unlink with the forms of
/// the pages.
/// </summary>
public sealed class TwoWaysIn : IAsyncDisposable
{
    private TwoWaysIn(Portal portal, ForgeSimulator forge, MyceliumSimulator net, DeployerSimulator deployer) =>
        (Portal, Forge, Net, Deployer) = (portal, forge, net, deployer);

    public Portal Portal { get; }
    public ForgeSimulator Forge { get; }
    public MyceliumSimulator Net { get; }
    public DeployerSimulator Deployer { get; }

    public static async Task<TwoWaysIn> StartAsync(Db db = Db.Sqlite, bool kestrel = false)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var forge = await ForgeSimulator.StartAsync(new ForgeOptions { ClientSecret = ForgePortal.ClientSecret });
        forge.AllowRedirect(new Uri(Portal.Base, ForgePortal.Callback).ToString());
        var net = await MyceliumSimulator.StartAsync(new MyceliumOptions { Time = clock });
        var deployer = await DeployerSimulator.StartAsync(new DeployerOptions { Time = clock });
        var portal = await Portal.StartAsync(
            db,
            Portal.Machines(3),
            new Dictionary<string, string?>
            {
                ["FORGE_URL"] = forge.Address.ToString(),
                ["FORGE_CLIENT_ID"] = forge.ClientId,
                ["FORGE_CLIENT_SECRET"] = ForgePortal.ClientSecret,
                ["MYCELIUM_API_URL"] = net.Portal.Address.ToString(),
                ["DEPLOYER_URL"] = deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = deployer.Secret,
            },
            clock: clock,
            kestrel: kestrel
        );
        if (kestrel)
            forge.AllowRedirect(new Uri(portal.Address, ForgePortal.Callback).ToString());
        foreach (var address in new[] { forge.Address, net.Portal.Address, deployer.Address })
            portal.Wire.Allow(address);
        return new(portal, forge, net, deployer);
    }

    public string AddressOf(string person) => Net.Node(person).IpAddress;

    /// <summary>Signed in by the Forge.</summary>
    public async Task<Customer> ByForgeAsync(string login = "asha", Browser? browser = null)
    {
        browser ??= Portal.Browser();
        Forge.Knobs.AutoSignInAs = login;
        (await browser.OpenAsync("/login/forge/start")).Expect(200);
        var account = await Portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.ForgeLogin == login));
        return new(Portal, browser, account.Sid);
    }

    /// <summary>Signed in by the address of a node.</summary>
    public async Task<Customer> ByAddressAsync(string person = "asha", Browser? browser = null)
    {
        browser ??= Portal.Browser();
        var address = AddressOf(person);
        (
            await MyceliumPortal.EnterAsync(browser, await MyceliumPortal.AskAsync(browser, address), Code(person))
        ).Expect(303);
        var account = await Portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.MyceliumAddress == address));
        Pause();
        return new(Portal, browser, account.Sid);
    }

    /// <summary>Moves time so that the next code for a node stays below the limit of one minute.</summary>
    public void Pause() => Portal.Clock.Advance(TimeSpan.FromSeconds(61));

    public string Code(string person)
    {
        return Net.Node(person)
            .Inbox[^1]
            .Text.Split('\n')
            .Single(line => line.Length == 32 && line.All(char.IsAsciiHexDigit));
    }

    /// <summary>Links the address of a node to whoever is signed in, up to the page that names both.</summary>
    /// <returns>The address of that page.</returns>
    public async Task<string> OfferAddressAsync(Browser browser, string person)
    {
        var page = (
            await browser.SubmitAsync(
                "/account",
                "/account/link-mycelium",
                new Dictionary<string, string> { ["address"] = AddressOf(person) }
            )
        )
            .Expect(303)
            .Location!;
        Assert.StartsWith("/login/mycelium?challenge=", page, StringComparison.Ordinal);
        return (await MyceliumPortal.EnterAsync(browser, page, Code(person))).Expect(303).Location!;
    }

    /// <summary>The same with an identity of the Forge.</summary>
    public async Task<string> OfferForgeAsync(Browser browser, string login)
    {
        Forge.Knobs.AutoSignInAs = login;
        var away = (await browser.SubmitAsync("/account", "/account/link-forge")).Expect(303).Location!;
        var page = (await browser.OpenAsync(away)).At;
        return page.PathAndQuery;
    }

    /// <summary>Confirms on the page that names both.</summary>
    public static Task<Reply> ConfirmAsync(Browser browser, string offer) =>
        browser.SubmitAsync(offer, "/account/link");

    public Task<Account> AccountAsync(string sid) => Portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == sid));

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Forge.DisposeAsync();
        await Net.DisposeAsync();
        await Deployer.DisposeAsync();
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// The e-mail address comes from the Forge. Stripe receives it only while the Forge calls it verified, and it is
/// removed with the identity.
/// </summary>
public sealed class EmailOfTheForge
{
    private const string Address = "neema@users.example";
    private static readonly MyceliumIdentity Node = new("548:c783:d7ce:74a3:9ba1:a0cb:ae21:338d");

    [Theory, BothDatabases]
    public async Task Only_a_verified_address_is_given_to_Stripe(Db db)
    {
        await using var at = await Paying.StartAsync(db);
        foreach (var (cents, verified) in new[] { (1000, true), (1100, false), (1200, true) })
        {
            var neema = await ByForgeAsync(at.Portal, verified);
            await neema.PassKycAsync();
            await at.OpenAsync(cents, neema);
            Assert.Equal(verified ? Address : null, at.Stripe.Sessions[^1].CustomerEmail);
        }
    }

    [Theory, BothDatabases]
    public async Task Unlinking_the_Forge_removes_its_address_and_Stripe_is_not_given_it(Db db)
    {
        await using var at = await Paying.StartAsync(db);
        var neema = await ByForgeAsync(at.Portal, verified: true);
        await neema.PassKycAsync();
        await LinkNodeAsync(at.Portal, neema);
        at.Portal.Clock.Advance(UnlinkIdentity.Probation + TimeSpan.FromMinutes(1));
        var later = await ByNodeAsync(at.Portal);
        Assert.Equal(neema.Sid, later.Sid);
        // With both identities linked the address is still there.
        await at.OpenAsync(1000, later);
        Assert.Equal(Address, at.Stripe.Sessions[^1].CustomerEmail);

        (await later.PostAsync("/account/unlink-forge", new { })).Expect(200);
        var account = await at.Portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == neema.Sid));
        Assert.Equal((null, false), (account.Email, account.EmailVerified));
        Assert.DoesNotContain(Address, (await at.Portal.DumpAsync())["accounts"], StringComparison.Ordinal);
        await at.OpenAsync(1100, later);
        Assert.Null(at.Stripe.Sessions[^1].CustomerEmail);
    }

    [Theory, BothDatabases]
    public async Task Unlinking_the_address_of_a_node_keeps_what_the_Forge_gave(Db db)
    {
        await using var at = await Paying.StartAsync(db);
        var neema = await ByForgeAsync(at.Portal, verified: true);
        await LinkNodeAsync(at.Portal, neema);
        (await neema.PostAsync("/account/unlink-mycelium", new { })).Expect(200);
        var account = await at.Portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == neema.Sid));
        Assert.Equal((Address, true, null), (account.Email, account.EmailVerified, account.MyceliumAddress));
    }

    private static Task<Customer> ByForgeAsync(Portal portal, bool verified) =>
        SignInAsync(portal, new ForgeIdentity("https://forge.test", "4711", "neema", Address, verified));

    private static Task<Customer> ByNodeAsync(Portal portal) => SignInAsync(portal, Node);

    private static async Task<Customer> SignInAsync(Portal portal, Identity identity)
    {
        var answer = await portal.Services.GetRequiredService<SignIn>().RunAsync(identity, "test");
        var browser = portal.Browser();
        browser.SetCookie(Portal.Base, Sessions.CookieName(SessionKind.Customer), answer.Token);
        return new Customer(portal, browser, answer.AccountSid);
    }

    private static async Task LinkNodeAsync(Portal portal, Customer customer)
    {
        var (links, actor) = (portal.Services.GetRequiredService<LinkIdentity>(), new Actor("customer", customer.Sid));
        var cookie = customer.Browser.Cookies.GetCookies(Portal.Base)[Sessions.CookieName(SessionKind.Customer)]!;
        var session = Secrets.Hash(cookie.Value);
        var key = (await links.StartAsync(actor, customer.Sid, session, Ways.Mycelium)).Value;
        var offer = new LinkIdentity.Offer(Node, session, key, long.MaxValue);
        var linked = await links.RunAsync(actor, customer.Sid, offer);
        Assert.False(linked.IsRefused);
    }
}

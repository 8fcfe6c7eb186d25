using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

public sealed class SigningInWithForge
{
    private static readonly string Cookie = Sessions.CookieName(SessionKind.Customer);

    [Theory, BothDatabases]
    public async Task The_first_sign_in_makes_an_account_and_the_second_finds_it(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        Assert.Equal("/dashboard", (await at.SignInAsync(at.Portal.Browser())).At.AbsolutePath);
        Assert.Equal("/dashboard", (await at.SignInAsync(at.Portal.Browser())).At.AbsolutePath);
        var account = await at.Portal.ReadAsync(d => d.Accounts.SingleAsync());
        Assert.Equal(
            ("4200", "asha", "asha@users.example", at.Forge.Issuer),
            (account.ForgeId, account.ForgeLogin, account.Email, account.ForgeIssuer)
        );
        Assert.Equal(KycStatus.Pending, account.KycStatus);
        Assert.Equal(0, account.Balance);
        Assert.Equal(
            2,
            await at.Portal.ReadAsync(d =>
                d.Audit.CountAsync(a => a.Act == "account.sign_in" && a.Subject == account.Sid)
            )
        );
    }

    [Fact]
    public async Task A_renamed_login_keeps_its_account_and_a_reused_login_is_somebody_else()
    {
        await using var at = await ForgePortal.StartAsync();
        await at.SignInAsync(at.Portal.Browser());
        var before = await at.Portal.ReadAsync(d => d.Accounts.SingleAsync());
        at.Forge.AddUser(4200, "asha-m", "Asha Mwangi");
        at.Forge.AddUser(9001, "asha", "Somebody Else");
        await at.SignInAsync(at.Portal.Browser(), "asha-m");
        await at.SignInAsync(at.Portal.Browser(), "asha");
        var accounts = await at.Portal.ReadAsync(d =>
            d.Accounts.OrderBy(a => a.CreatedAt).ThenBy(a => a.ForgeId).ToListAsync()
        );
        Assert.Equal(2, accounts.Count);
        Assert.Equal("asha-m", accounts.Single(a => a.Sid == before.Sid).ForgeLogin);
        Assert.Equal("9001", accounts.Single(a => a.Sid != before.Sid).ForgeId);
    }

    [Theory, BothDatabases]
    public async Task Eight_browsers_signing_in_for_the_first_time_at_once_make_one_account(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        var browsers = Enumerable.Range(0, 8).Select(_ => at.Portal.Browser()).ToList();
        var callbacks = new List<string>();
        foreach (var browser in browsers)
            callbacks.Add(await at.AgreeAsync(browser));
        var replies = await Task.WhenAll(browsers.Zip(callbacks, ForgePortal.GetAsync));
        Assert.All(replies, r => Assert.Equal("/dashboard", r.Expect(303).Location));
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.Accounts.CountAsync()));
        Assert.Equal(8, await at.Portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Every_sign_in_gets_a_new_session_and_ends_the_one_before(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        var browser = at.Portal.Browser();
        await at.SignInAsync(browser);
        var first = browser.Cookies.GetCookies(Portal.Base)[Cookie]!.Value;
        await at.SignInAsync(browser);
        var second = browser.Cookies.GetCookies(Portal.Base)[Cookie]!.Value;
        Assert.NotEqual(first, second);
        Assert.Equal(
            [Secrets.Hash(second)],
            await at.Portal.ReadAsync(d => d.Sessions.Select(s => s.IdHash).ToListAsync())
        );
    }

    [Fact]
    public async Task A_session_id_planted_before_the_sign_in_opens_nothing_afterwards()
    {
        await using var at = await ForgePortal.StartAsync();
        var (browser, attacker, planted) = (at.Portal.Browser(), at.Portal.Browser(), new string('A', 43));
        browser.SetCookie(Portal.Base, Cookie, planted);
        attacker.SetCookie(Portal.Base, Cookie, planted);
        await at.SignInAsync(browser);
        Assert.NotEqual(planted, browser.Cookies.GetCookies(Portal.Base)[Cookie]!.Value);
        (await attacker.SendAsync(HttpMethod.Post, "/vm/allocate", new { })).ExpectRefusal(
            AccountRefusals.SessionRequired
        );
    }

    [Fact]
    public async Task An_issuer_with_a_trailing_slash_is_the_same_issuer_and_the_same_person()
    {
        await using var at = await ForgePortal.StartAsync();
        await at.SignInAsync(at.Portal.Browser());
        at.Forge.Knobs.IssuerWithTrailingSlash = true;
        Assert.Equal("/dashboard", (await at.SignInAsync(at.Portal.Browser())).At.AbsolutePath);
        Assert.Equal(
            at.Forge.Issuer,
            await at.Portal.ReadAsync(d => d.Accounts.Select(a => a.ForgeIssuer).SingleAsync())
        );
    }

    [Fact]
    public async Task The_redirect_uri_comes_from_the_settings_and_never_from_the_Host_header()
    {
        await using var at = await ForgePortal.StartAsync();
        var spoofed = new Dictionary<string, string>
        {
            ["Host"] = "evil.example",
            ["X-Forwarded-Host"] = "evil.example",
            ["X-Forwarded-Proto"] = "http",
        };
        var reply = (
            await at.Portal.Browser().SendRawAsync(HttpMethod.Get, "/login/forge/start", null, headers: spoofed)
        ).Expect(302);
        Assert.Contains(
            "redirect_uri=" + Uri.EscapeDataString("https://localhost/login/forge/callback"),
            reply.Location,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("evil", reply.Location, StringComparison.Ordinal);
        Assert.Contains("code_challenge_method=S256", reply.Location, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Correlation_and_nonce_cookies_are_secure_lax_and_closed_to_script()
    {
        await using var at = await ForgePortal.StartAsync();
        var reply = await ForgePortal.GetAsync(at.Portal.Browser(), "/login/forge/start");
        var cookies = reply.Response.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal(2, cookies.Count);
        Assert.All(
            cookies,
            cookie =>
                Assert.All(
                    ["secure", "httponly", "samesite=lax", "path=/;"],
                    part => Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase)
                )
        );
        // A sibling site cannot plant these: without a domain, for the whole site, over https only.
        Assert.All(cookies, cookie => Assert.StartsWith("__Host-hero-", cookie, StringComparison.Ordinal));
        Assert.All(cookies, cookie => Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase));
    }

    [Theory, BothDatabases]
    public async Task The_tokens_of_the_Forge_are_used_once_and_kept_nowhere(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        var tokens = new List<string>();
        at.Portal.Wire.Tamper = async (request, response) =>
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("/access_token", StringComparison.Ordinal))
                tokens.AddRange(
                    (await TokenForgery.ReadAsync(response))
                        .Where(m => m.Key.EndsWith("token", StringComparison.Ordinal))
                        .Select(m => m.Value!.ToString())
                );
        };
        var browser = at.Portal.Browser();
        await at.SignInAsync(browser);
        Assert.True(tokens.Count >= 2);
        var cookies = string.Join('\n', browser.Cookies.GetAllCookies().Select(c => c.Value));
        var everything = await at.Portal.FactsAsync() + string.Join('\n', at.Portal.Log.Lines) + cookies;
        Assert.Contains("asha", everything, StringComparison.Ordinal);
        Assert.All(tokens, token => Assert.DoesNotContain(token, everything, StringComparison.Ordinal));
    }
}

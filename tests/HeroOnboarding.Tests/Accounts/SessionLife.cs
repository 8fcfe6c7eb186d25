using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

public sealed class SessionLife
{
    private static readonly string Cookie = Sessions.CookieName(SessionKind.Customer);

    [Theory, BothDatabases]
    public async Task A_session_ends_after_12_hours_without_use_to_the_microsecond(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        portal.Clock.Advance(TimeSpan.FromHours(12));
        Assert.True(await IsSignedInAsync(asha.Browser));
        portal.Clock.Advance(TimeSpan.FromHours(12) + TimeSpan.FromMicroseconds(1));
        Assert.False(await IsSignedInAsync(asha.Browser));
    }

    [Theory, BothDatabases]
    public async Task A_session_ends_after_30_days_however_much_it_is_used(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        for (var hours = 10; hours <= 720; hours += 10)
        {
            portal.Clock.Advance(TimeSpan.FromHours(10));
            Assert.True(await IsSignedInAsync(asha.Browser), $"after {hours} hours");
        }
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.False(await IsSignedInAsync(asha.Browser));
        await portal.RunJobAsync("store.prune");
        Assert.Equal(0, await portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Last_seen_is_written_at_most_every_five_minutes(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var first = await LastSeenAsync(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(5));
        await IsSignedInAsync(asha.Browser);
        Assert.Equal(first, await LastSeenAsync(portal));
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        await IsSignedInAsync(asha.Browser);
        Assert.Equal(portal.Now, await LastSeenAsync(portal));
        Assert.Equal(0, await portal.ReadAsync(d => d.Audit.CountAsync(a => a.Act == "session.touch")));
    }

    [Theory, BothDatabases]
    public async Task The_store_knows_only_the_hash_of_a_long_random_id(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var tokens = new List<string>();
        for (var i = 0; i < 20; i++)
            tokens.Add(Token((await portal.SignUpAsync("asha")).Browser));
        Assert.Equal(20, tokens.Distinct().Count());
        Assert.All(
            tokens,
            t => Assert.Equal(32, Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(t).Length)
        );
        var dump = await portal.DumpAsync();
        Assert.All(tokens, t => Assert.Contains(Secrets.Hash(t), dump["sessions"], StringComparison.Ordinal));
        Assert.All(tokens, t => Assert.DoesNotContain(t, string.Join('\n', dump.Values), StringComparison.Ordinal));
        // The hash itself opens nothing.
        using var thief = portal.Browser();
        thief.SetCookie(Portal.Base, Cookie, Secrets.Hash(tokens[0]));
        Assert.False(await IsSignedInAsync(thief));
    }

    [Theory, BothDatabases]
    public async Task Signing_out_kills_the_cookie_also_where_it_was_stolen_and_leaves_others_alone(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (asha, atHome) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("asha"));
        using var thief = portal.Browser();
        thief.SetCookie(Portal.Base, Cookie, Token(asha.Browser));
        var reply = (await asha.Browser.SendAsync(HttpMethod.Post, "/logout", new { })).Expect(303);
        Assert.Contains(
            "\"storage\"",
            reply.Response.Headers.GetValues("Clear-Site-Data").Single(),
            StringComparison.Ordinal
        );
        Assert.Null(asha.Browser.Cookies.GetCookies(Portal.Base)[Cookie]);
        Assert.False(await IsSignedInAsync(thief));
        Assert.True(await IsSignedInAsync(atHome.Browser));
    }

    [Theory, BothDatabases]
    public async Task Signing_out_everywhere_ends_all_my_sessions_and_nobody_elses(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (asha, atHome, juma) = (
            await portal.SignUpAsync("asha"),
            await portal.SignUpAsync("asha"),
            await portal.SignUpAsync("juma")
        );
        (await asha.Browser.SendAsync(HttpMethod.Post, "/logout/everywhere", new { })).Expect(303);
        Assert.False(await IsSignedInAsync(atHome.Browser));
        Assert.True(await IsSignedInAsync(juma.Browser));
        Assert.Equal(
            1,
            await portal.ReadAsync(d => d.Audit.CountAsync(a => a.Act == "session.end_all" && a.Subject == asha.Sid))
        );
    }

    [Fact]
    public async Task Signing_out_needs_a_post_of_our_own_page()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        Assert.NotEqual(303, (int)(await asha.Browser.SendRawAsync(HttpMethod.Get, "/logout", null)).Status);
        (
            await asha.Browser.SendAsync(
                HttpMethod.Post,
                "/logout",
                new { },
                headers: new Dictionary<string, string> { ["Origin"] = "https://evil.example" }
            )
        ).ExpectRefusal(Refusals.OriginRequired);
        Assert.True(await IsSignedInAsync(asha.Browser));
    }

    [Fact]
    public async Task The_cookie_is_bound_to_this_host_secure_lax_and_closed_to_script()
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var reply = await ForgePortal.GetAsync(browser, await at.AgreeAsync(browser));
        var cookie = Assert.Single(
            reply.Response.Headers.GetValues("Set-Cookie"),
            c => c.StartsWith("__Host-hero=", StringComparison.Ordinal)
        );
        Assert.All(
            ["; secure", "; httponly", "; samesite=lax", "; path=/", "; max-age=2592000"],
            part => Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase)
        );
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task None_of_the_originals_convenience_cookies_opens_anything()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha", "4200");
        var token = Token(asha.Browser);
        string[] values =
        [
            asha.Sid,
            "400:1234::1",
            "fid:4200",
            "forge:4200",
            "4200",
            "asha",
            "dev",
            "1",
            "",
            new('A', 43),
            token + "A",
            token[..42],
            token.ToLowerInvariant() + "=",
            Secrets.Hash(token),
        ];
        string[] names =
        [
            Cookie,
            "session",
            "sid",
            "user_sid",
            "hero_session",
            "onboarding_session",
            "address",
            "__Host-hero-operator",
        ];
        foreach (var name in names)
        foreach (var value in values)
        {
            using var browser = portal.Browser();
            browser.SetCookie(Portal.Base, name, value);
            Assert.False(await IsSignedInAsync(browser), $"{name}={value}");
        }
        using var unprefixed = portal.Browser();
        unprefixed.SetCookie(Portal.Base, "hero", token);
        Assert.False(await IsSignedInAsync(unprefixed));
        using var asOperator = portal.Browser();
        asOperator.SetCookie(Portal.Base, Sessions.CookieName(SessionKind.Operator), token);
        (await asOperator.SendAsync(HttpMethod.Post, "/admin/credit-adjust", new { })).ExpectRefusal(
            AccessRefusals.AdminSecretRequired
        );
    }

    private static string Token(Browser browser) => browser.Cookies.GetCookies(Portal.Base)[Cookie]!.Value;

    /// <summary>Asks for something harmless that only signed-in people may ask for.</summary>
    private static async Task<bool> IsSignedInAsync(Browser browser)
    {
        var reply = await browser.SendAsync(HttpMethod.Post, "/vm/release", new { allocation_sid = "nothing" });
        Assert.Contains(reply.Code, new[] { AccountRefusals.SessionRequired.Code, Refusals.NotFound.Code });
        return reply.Code == Refusals.NotFound.Code;
    }

    private static Task<DateTimeOffset> LastSeenAsync(Portal portal) =>
        portal.ReadAsync(d => d.Sessions.Select(s => s.LastSeenAt).SingleAsync());
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class OperatorSessions
{
    private static readonly Dictionary<string, string> Wrong = new()
    {
        ["secret"] = "not-the-secret-not-the-secret-not-it",
        ["name"] = "Neema",
    };

    [Theory, BothDatabases]
    public async Task An_operator_signs_in_with_secret_and_name_and_comes_back_to_the_page_that_was_wanted(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = portal.Browser();
        var page = (await browser.OpenAsync("/admin/pool?state=free")).Expect(200);
        Assert.Equal("/admin/login?return_url=%2Fadmin%2Fpool%3Fstate%3Dfree", page.At.PathAndQuery);
        var reply = await browser.SubmitAsync(
            page.At.PathAndQuery,
            "/admin/login",
            new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = " Neema\u202e " }
        );
        Assert.Equal("/admin/pool?state=free", reply.Expect(303).Location);
        Assert.Contains("Neema", (await browser.OpenAsync("/admin/pool")).Expect(200).Body, StringComparison.Ordinal);
        Assert.Equal(["operator:Neema Neema"], await portal.AuditOfAsync("operator.sign_in"));
        Assert.Equal("Neema", await portal.ReadAsync(d => d.Sessions.Select(s => s.ClaimedName).SingleAsync()));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/dashboard")]
    [InlineData("/administrator")]
    [InlineData("/admin/login")]
    [InlineData("/admin\\..")]
    public async Task Only_operators_pages_are_come_back_to(string wanted)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        using var browser = portal.Browser();
        var fields = new Dictionary<string, string>
        {
            ["secret"] = Portal.AdminSecret,
            ["name"] = "Neema",
            ["return_url"] = wanted,
        };
        Assert.Equal(
            "/admin",
            (await browser.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303).Location
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("N")]
    [InlineData(" \u202e\u200f N ")]
    [InlineData("NeemaNeemaNeemaNeemaNeemaNeemaNeemaNeemaNeemaNeemaNeemaNeemaN")]
    public async Task A_name_of_2_to_60_characters_is_needed(string name)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        using var browser = portal.Browser();
        (
            await browser.SendAsync(HttpMethod.Post, "/admin/login", new { secret = Portal.AdminSecret, name })
        ).ExpectRefusal(AccessRefusals.NameRequired);
        Assert.Empty(browser.Cookies.GetAllCookies());
        Assert.Equal(0, await portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Wrong_secrets_are_slowed_down_after_five_a_minute_and_the_right_one_still_works(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = portal.Browser();
        for (var n = 0; n < 5; n++)
            (await browser.SendAsync(HttpMethod.Post, "/admin/login", Wrong)).ExpectRefusal(
                AccessRefusals.AdminSecretWrong
            );
        var limited = (await browser.SendAsync(HttpMethod.Post, "/admin/login", Wrong)).ExpectRefusal(
            Refusals.RateLimited
        );
        Assert.InRange(limited.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.EndsWith(
            "refused=rate.limited",
            (await browser.SubmitAsync("/admin/login", "/admin/login", Wrong)).Expect(303).Location,
            StringComparison.Ordinal
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: Wrong["secret"])).ExpectRefusal(
            Refusals.RateLimited
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users")).Expect(200);
        Assert.Contains(
            "Overview",
            (await (await portal.OperatorAsync()).OpenAsync("/admin")).Expect(200).Body,
            StringComparison.Ordinal
        );
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        (await browser.SendAsync(HttpMethod.Post, "/admin/login", Wrong)).ExpectRefusal(
            AccessRefusals.AdminSecretWrong
        );
    }

    [Theory, BothDatabases]
    public async Task A_wrong_secret_comes_back_to_the_form_with_its_sentence_and_makes_no_session(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = portal.Browser();
        var reply = (await browser.SubmitAsync("/admin/login?return_url=/admin/users", "/admin/login", Wrong)).Expect(
            303
        );
        Assert.Equal("/admin/login?return_url=%2Fadmin%2Fusers&refused=admin.secret_wrong", reply.Location);
        Assert.Contains(
            AccessRefusals.AdminSecretWrong.Title,
            (await browser.OpenAsync(reply.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_session_ends_after_30_minutes_without_use(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        for (var n = 0; n < 4; n++)
        {
            portal.Clock.Advance(TimeSpan.FromMinutes(29));
            (await browser.SendAsync(HttpMethod.Get, "/admin/list-users")).Expect(200);
        }
        portal.Clock.Advance(TimeSpan.FromMinutes(31));
        (await browser.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(
            AccessRefusals.AdminSecretRequired
        );
    }

    [Theory, BothDatabases]
    public async Task A_session_ends_after_8_hours_however_busy(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        for (var n = 0; n < 24; n++)
        {
            (await browser.SendAsync(HttpMethod.Get, "/admin/list-users")).Expect(200);
            portal.Clock.Advance(TimeSpan.FromMinutes(20));
        }
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await browser.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(
            AccessRefusals.AdminSecretRequired
        );
    }

    [Theory, BothDatabases]
    public async Task Signing_out_and_signing_in_again_end_the_old_session(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        var old = await portal.ReadAsync(d => d.Sessions.Select(s => s.IdHash).SingleAsync());
        await browser.SubmitAsync(
            "/admin/login",
            "/admin/login",
            new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = "Juma" }
        );
        Assert.NotEqual(old, await portal.ReadAsync(d => d.Sessions.Select(s => s.IdHash).SingleAsync()));
        var reply = (await browser.SubmitAsync("/admin", "/admin/logout")).Expect(303);
        Assert.Equal("/admin/login?signed_out=1", reply.Location);
        Assert.True(reply.Response.Headers.Contains("Clear-Site-Data"));
        Assert.Equal(0, await portal.ReadAsync(d => d.Sessions.CountAsync()));
        (await browser.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(
            AccessRefusals.AdminSecretRequired
        );
    }

    [Fact]
    public async Task Who_is_signed_in_as_a_customer_can_sign_in_as_an_operator_too()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var fields = new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = "Asha" };
        (await asha.Browser.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303);
        (await asha.Browser.OpenAsync("/admin")).Expect(200);
        (
            await asha.Browser.SubmitAsync(
                "/admin/users/" + asha.Sid,
                "/admin/kyc-verify",
                new Dictionary<string, string> { ["reason"] = "passport seen" }
            )
        ).Expect(303);
        Assert.Equal(["operator:Asha " + asha.Sid], await portal.AuditOfAsync("kyc.verify"));
    }

    [Fact]
    public async Task Without_a_secret_nobody_signs_in_and_the_page_says_what_is_missing()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["HERO_ONBOARDING_ADMIN_SECRET"] = null }
        );
        using var browser = portal.Browser();
        Assert.Contains(
            "HERO_ONBOARDING_ADMIN_SECRET",
            (await browser.OpenAsync("/admin/login")).Expect(200).Body,
            StringComparison.Ordinal
        );
        (await browser.SendAsync(HttpMethod.Post, "/admin/login", new { secret = "", name = "Neema" })).ExpectRefusal(
            AccessRefusals.AdminOff
        );
        (await browser.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(AccessRefusals.AdminOff);
    }

    [Fact]
    public async Task The_sign_in_form_needs_its_antiforgery_token()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        using var browser = portal.Browser();
        var reply = await browser.PostFormAsync(
            "/admin/login",
            new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = "Neema" }
        );
        reply.Expect(400);
        Assert.Equal(0, await portal.ReadAsync(d => d.Sessions.CountAsync()));
    }
}

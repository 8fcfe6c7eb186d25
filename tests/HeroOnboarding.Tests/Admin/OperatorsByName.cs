using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class OperatorsByName
{
    [Theory, BothDatabases]
    public async Task Who_has_a_role_comes_in_by_the_forge_and_acts_under_their_own_name(Db db)
    {
        await using var at = await NamedOperators.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha", "4200");
        using var browser = at.Portal.Browser();
        var page = (await browser.OpenAsync("/admin/users?q=asha")).Expect(200);
        Assert.Contains(
            "/admin/login/forge?return_url=%2Fadmin%2Fusers%3Fq%3Dasha",
            page.Body,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("Operator secret</span>", page.Body, StringComparison.Ordinal);
        page = (
            await at.SignInAsync(browser, "operator", "/admin/login/forge?return_url=%2Fadmin%2Fusers%3Fq%3Dasha")
        ).Expect(200);
        Assert.Equal("/admin/users?q=asha", page.At.PathAndQuery);
        Assert.Contains("operator (4202)", page.Body, StringComparison.Ordinal);
        (
            await browser.SubmitAsync(
                "/admin/users/" + asha.Sid,
                "/admin/kyc-verify",
                new Dictionary<string, string> { ["reason"] = "passport seen" }
            )
        ).Expect(303);
        Assert.Equal(["operator:operator (4202) operator (4202)"], await at.Portal.AuditOfAsync("operator.sign_in"));
        Assert.Equal(["operator:operator (4202) " + asha.Sid], await at.Portal.AuditOfAsync("kyc.verify"));
        Assert.All(
            await at.Portal.AuditOfAsync("user.view"),
            row => Assert.Equal("operator:operator (4202) " + asha.Sid, row)
        );
        Assert.Contains(
            "\"claimed\":false",
            (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-audit?act=operator.sign_in"))
                .Json.GetProperty("rows")[0]
                .GetProperty("detail")
                .GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Accounts.CountAsync(a => a.ForgeId == "4202")));
    }

    [Fact]
    public async Task Who_has_no_rights_reads_who_they_are_and_what_to_do()
    {
        await using var at = await NamedOperators.StartAsync();
        using var browser = at.Portal.Browser();
        var page = (await at.SignInAsync(browser, "asha", "/admin/login/forge")).Expect(403);
        foreach (
            var word in new[]
            {
                AccessRefusals.OperatorUnknown.Title,
                "you are asha",
                "4200",
                "ADMIN_FORGE_USERS",
                "href=\"/dashboard\"",
                "operator.unknown",
            }
        )
            Assert.Contains(word, page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(
            browser.Cookies.GetAllCookies(),
            c => c.Name.StartsWith("__Host-hero", StringComparison.Ordinal) && c.Name != "__Host-hero-form"
        );
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Fact]
    public async Task The_way_to_the_forge_asks_who_somebody_is_and_is_limited()
    {
        await using var at = await NamedOperators.StartAsync(
            more: new Dictionary<string, string?> { ["RATE_SIGNINS_PER_MINUTE"] = "1" }
        );
        using var browser = at.Portal.Browser();
        Assert.Contains(
            "prompt=login",
            (await ForgePortal.GetAsync(browser, "/admin/login/forge?return_url=//evil.example")).Expect(302).Location,
            StringComparison.Ordinal
        );
        (await ForgePortal.GetAsync(browser, "/admin/login/forge")).ExpectRefusal(Refusals.RateLimited);
    }

    [Theory, BothDatabases]
    public async Task A_login_that_was_renamed_at_the_forge_keeps_its_rights_and_shows_the_new_name(Db db)
    {
        await using var at = await NamedOperators.StartAsync(db);
        (
            await at.Portal.AdminPostAsync(
                "/admin/operator-set",
                new
                {
                    forge_id = "4201",
                    role = "viewer",
                    login = "juma",
                }
            )
        ).Expect(200);
        at.Forge.AddUser(4201, "juma-o", "Juma Otieno");
        using var browser = await at.ComeInAsync("juma-o");
        Assert.Equal("juma-o", await at.Portal.ReadAsync(d => d.Operators.Select(o => o.Login).SingleAsync()));
        Assert.Equal(["operator:juma-o (4201) juma-o (4201)"], await at.Portal.AuditOfAsync("operator.sign_in"));
        // Coming in again ends the session before, and no other.
        await at.SignInAsync(browser, "owner", "/admin/login/forge?return_url=/admin/operators");
        Assert.Equal("4203", await at.Portal.ReadAsync(d => d.Sessions.Select(s => s.OperatorId).SingleAsync()));
        Assert.Contains(
            "owner (4203)",
            (await browser.OpenAsync("/admin/operators")).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_signed_in_customer_who_opens_the_operators_pages_is_told_calmly()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: NamedOperators.Settings());
        var asha = await portal.SignUpAsync("asha", "4200");
        var page = (await asha.Browser.OpenAsync("/admin/pool")).Expect(200);
        Assert.Equal("/admin/login", page.At.AbsolutePath);
        Assert.Contains("a customer (Forge id 4200)", Markup.Text(page.Body), StringComparison.Ordinal);
        var owner = await portal.SignUpAsync("owner", "4203");
        Assert.DoesNotContain(
            "a customer",
            Markup.Text((await owner.Browser.OpenAsync("/admin")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_claimed_name_cannot_look_like_one_that_the_forge_named()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        using var browser = portal.Browser();
        (
            await browser.SendAsync(
                HttpMethod.Post,
                "/admin/login",
                new { secret = Portal.AdminSecret, name = "owner (4203)" }
            )
        ).ExpectRefusal(AccessRefusals.NameRequired);
        (await browser.SendAsync(HttpMethod.Get, "/admin/login/forge")).ExpectRefusal(ForgeRefusals.ForgeOff);
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>Sessions that the operator secret opened end with it; wrong secrets are an alarm.</summary>
public sealed class OperatorSecretRotation
{
    private const string Next = "the-next-operator-secret-0123456789abcdef";

    private static Dictionary<string, string?> Secrets(string now, string? next) =>
        new() { ["HERO_ONBOARDING_ADMIN_SECRET"] = now, ["HERO_ONBOARDING_ADMIN_SECRET_NEXT"] = next };

    [Theory, BothDatabases]
    public async Task A_session_lives_as_long_as_the_secret_that_opened_it(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: Secrets(Portal.AdminSecret, Next));
        var (old, young) = (await SignInAsync(portal, Portal.AdminSecret), await SignInAsync(portal, Next));
        await ReadsAsync(portal, old, young);
        await portal.RestartAsync(Secrets(Next, Portal.AdminSecret));
        await ReadsAsync(portal, old, young);
        await portal.RestartAsync(Secrets(Next, null));
        await ReadsAsync(portal, young);
        await EndedAsync(portal, old);
        await portal.RestartAsync(Secrets("another-operator-secret-0123456789abcdef", null));
        await EndedAsync(portal, young);
    }

    [Theory, BothDatabases]
    public async Task A_session_from_before_secrets_were_marked_is_over(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var token = await SignInAsync(portal, Portal.AdminSecret);
        await ReadsAsync(portal, token);
        var stored = await portal.ReadAsync(d => d.Sessions.Select(s => s.SecretMark).SingleAsync());
        Assert.Matches("^[0-9a-f]{64}$", stored);
        await portal.Units.RunAsync(
            "test.seed",
            new("operator", "tester"),
            unit => unit.Db.Sessions.ExecuteUpdateAsync(set => set.SetProperty(s => s.SecretMark, (string?)null))
        );
        await EndedAsync(portal, token);
    }

    [Theory, BothDatabases]
    public async Task A_mark_is_bound_to_its_session(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await SignInAsync(portal, Portal.AdminSecret);
        await SignInAsync(portal, Portal.AdminSecret);
        Assert.Equal(
            2,
            (await portal.ReadAsync(d => d.Sessions.Select(s => s.SecretMark).ToListAsync())).Distinct().Count()
        );
    }

    [Theory, BothDatabases]
    public async Task Many_wrong_secrets_within_an_hour_are_a_line_on_the_overview_and_an_alarm_that_ends(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var operators = await portal.OperatorAsync();
        for (var n = 0; n <= WrongSecrets.AlarmAbove; n++)
        {
            Assert.DoesNotContain(
                "Wrong secrets",
                n % 10 == 0 ? (await operators.OpenAsync("/admin")).Expect(200).Body : "",
                StringComparison.Ordinal
            );
            if (n == WrongSecrets.AlarmAbove)
                Assert.Equal(0, await OpenAlarmsAsync(portal));
            (
                await portal.AdminAsync(
                    HttpMethod.Get,
                    "/admin/list-jobs",
                    secret: "a-program-with-an-old-secret-0123456789"
                )
            ).ExpectRefusal(AccessRefusals.AdminSecretWrong);
            portal.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Contains(
            "31 wrong operator secrets or tokens within the last hour",
            Markup.Text(
                (await portal.OperatorAsync() is var again ? await again.OpenAsync("/admin") : null!).Expect(200).Body
            ),
            StringComparison.Ordinal
        );
        Assert.Equal(1, await OpenAlarmsAsync(portal));
        portal.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, await OpenAlarmsAsync(portal));
        Assert.DoesNotContain(
            "Wrong secrets",
            (await (await portal.OperatorAsync()).OpenAsync("/admin")).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Wrong_secrets_on_the_sign_in_page_count_for_the_alarm_too(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = portal.Browser();
        for (var n = 0; n <= WrongSecrets.AlarmAbove; n++)
        {
            Assert.Equal(0, await OpenAlarmsAsync(portal));
            var fields = new Dictionary<string, string> { ["secret"] = $"a-guess-{n:00}", ["name"] = "Neema" };
            Assert.DoesNotContain("refused", (await SubmitRightAsync(portal)).Location!, StringComparison.Ordinal);
            Assert.Contains(
                AccessRefusals.AdminSecretWrong.Code,
                (await browser.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303).Location!,
                StringComparison.Ordinal
            );
            portal.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(1, await OpenAlarmsAsync(portal));
    }

    /// <summary>The control: the right secret is not counted.</summary>
    private static async Task<Reply> SubmitRightAsync(Portal portal)
    {
        using var browser = portal.Browser();
        var fields = new Dictionary<string, string> { ["secret"] = Portal.AdminSecret, ["name"] = "Neema" };
        return (await browser.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303);
    }

    private static async Task<int> OpenAlarmsAsync(Portal portal)
    {
        await portal.RunJobAsync("alarms.watch");
        return await portal.ReadAsync(d =>
            d.Alarms.CountAsync(a => a.Key == "admin.wrong_secrets" && a.ClearedAt == null)
        );
    }

    /// <summary>The cookie of a new session.</summary>
    private static async Task<string> SignInAsync(Portal portal, string secret)
    {
        using var browser = portal.Browser();
        var fields = new Dictionary<string, string> { ["secret"] = secret, ["name"] = "Neema" };
        Assert.Equal(
            "/admin",
            (await browser.SubmitAsync("/admin/login", "/admin/login", fields)).Expect(303).Location
        );
        return browser.Cookies.GetAllCookies().Single(c => c.Name == CookieName).Value;
    }

    private static string CookieName =>
        HeroOnboarding.Accounts.Sessions.CookieName(HeroOnboarding.Accounts.SessionKind.Operator);

    private static async Task<Reply> ReadAsync(Portal portal, string token)
    {
        using var browser = portal.Browser();
        browser.SetCookie(Portal.Base, CookieName, token);
        return await browser.SendAsync(HttpMethod.Get, "/admin/list-jobs");
    }

    private static async Task ReadsAsync(Portal portal, params string[] tokens)
    {
        foreach (var token in tokens)
            (await ReadAsync(portal, token)).Expect(200);
    }

    private static async Task EndedAsync(Portal portal, string token) =>
        (await ReadAsync(portal, token)).ExpectRefusal(AccessRefusals.AdminSecretRequired);
}

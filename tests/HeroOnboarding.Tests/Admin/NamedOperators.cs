using HeroOnboarding.Store;
using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Admin;

/// <summary>
/// Operators of the simulated Forge: owner 4203, operator 4202, viewer 4204; asha 4200 and juma 4201 are customers.
/// </summary>
internal static class NamedOperators
{
    public const string All = "4203:owner,4202:operator,4204:viewer";

    public static Task<ForgePortal> StartAsync(
        Db db = Db.Sqlite,
        string? users = All,
        IReadOnlyDictionary<string, string?>? more = null
    ) =>
        ForgePortal.StartAsync(
            db,
            new Dictionary<string, string?>(more ?? new Dictionary<string, string?>()) { ["ADMIN_FORGE_USERS"] = users }
        );

    /// <summary>A browser that has signed in with the Forge as this login.</summary>
    public static async Task<Browser> ComeInAsync(this ForgePortal at, string login)
    {
        var browser = at.Portal.Browser();
        var page = (await at.SignInAsync(browser, login, "/admin/login/forge")).Expect(200);
        Assert.Equal("/admin", page.At.AbsolutePath);
        return browser;
    }

    /// <summary>A session of this person, created by the sign-in use case without a Forge.</summary>
    public static async Task<Browser> SessionOfAsync(Portal portal, string id, string login)
    {
        var browser = portal.Browser();
        var token = await portal.Units.RunAsync<string>(
            "operator.sign_in",
            new Actor("operator", $"{login} ({id})"),
            unit =>
                Task.FromResult<Outcome<string>>(
                    HeroOnboarding.Accounts.Sessions.Start(
                        unit,
                        HeroOnboarding.Accounts.SessionKind.Operator,
                        null,
                        login,
                        null,
                        operatorId: id
                    )
                )
        );
        browser.SetCookie(
            Portal.Base,
            HeroOnboarding.Accounts.Sessions.CookieName(HeroOnboarding.Accounts.SessionKind.Operator),
            token.Value
        );
        return browser;
    }

    /// <summary>Settings of a Forge that is never called.</summary>
    public static Dictionary<string, string?> Settings(string? users = All) =>
        new()
        {
            ["FORGE_URL"] = "https://forge.test",
            ["FORGE_CLIENT_ID"] = "portal",
            ["FORGE_CLIENT_SECRET"] = "a-client-secret",
            ["ADMIN_FORGE_USERS"] = users,
            ["RATE_ADMIN_FAILURES_PER_MINUTE"] = "1000",
        };
}

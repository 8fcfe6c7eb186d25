using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Every route names a policy, or stands in a short list of anonymous routes.</summary>
public sealed class EveryRouteHasAPolicy
{
    /// <summary>Anybody may call these. The list may shrink; a new entry needs a reason in its review.</summary>
    private static readonly string[] Anonymous =
    [
        "GET /",
        "GET /.well-known/heroservice.json",
        "GET /.well-known/security.txt",
        "GET /admin/login",
        "GET /admin/login/forge", // leads to the Forge; what comes back is looked up
        "GET /health",
        "GET /health/live",
        "GET /health/ready",
        "GET /kyc/return", // people come back on a phone that is not signed in; a stranger learns nothing
        "GET /login",
        "GET /login/forge/callback", // only where sign-in with Forge is off, to say so; else middleware answers
        "GET /login/forge/start",
        "GET /login/mycelium", // shows a challenge only to the browser that asked for it
        "GET /login/mycelium/state",
        "GET /openapi.json",
        "GET /payment/return", // says "Sign in to see your payment" and nothing else
        "GET /plans",
        "GET /robots.txt",
        "HEAD /", // pages answer HEAD as they answer GET
        "HEAD /admin/login",
        "HEAD /kyc/return",
        "HEAD /login",
        "HEAD /login/mycelium",
        "HEAD /login/mycelium/state",
        "HEAD /payment/return",
        "HEAD /plans",
        "POST /admin/login",
        "POST /login/challenge",
        "POST /login/verify",
        "POST /webhooks/idenfy", // its signature protects it
        "POST /webhooks/stripe",
    ];

    /// <summary>Answered by middleware, not by a route; its own correlation cookie and nonce protect it.</summary>
    private const string Callback = "/login/forge/callback";

    private static readonly Dictionary<string, string?> ManyTries = new()
    {
        ["RATE_ADMIN_FAILURES_PER_MINUTE"] = "1000",
        ["FORGE_URL"] = "https://forge.example.org",
        ["FORGE_CLIENT_ID"] = "portal",
        ["FORGE_CLIENT_SECRET"] = "a-client-secret",
    };

    [Fact]
    public async Task A_route_names_a_policy_or_is_on_the_list_of_anonymous_ones()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var routes = await Route.AllAsync(portal);
        Assert.Equal(Anonymous.Order(StringComparer.Ordinal), routes.Where(r => r.IsAnonymous).Select(r => r.Name));
        Assert.All(
            routes.Where(r => !r.IsAnonymous),
            r =>
                Assert.True(
                    r.Policies is [Policies.Customer] or [Policies.Viewer] or [Policies.Operator] or [Policies.Owner],
                    $"{r} has "
                        + $"{(r.Policies.Count == 0 ? "no policy" : "the policies " + string.Join(", ", r.Policies))}"
                        + "."
                )
        );
    }

    [Fact]
    public async Task Operators_routes_and_no_others_lie_under_admin()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        Assert.All(
            (await Route.AllAsync(portal)).Where(r => !r.IsAnonymous),
            r => Assert.True(r.IsForOperators == r.Pattern.StartsWith("/admin", StringComparison.Ordinal), r.Name)
        );
    }

    [Fact]
    public async Task A_stranger_is_told_to_sign_in_at_every_customers_route()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        foreach (var route in (await Route.AllAsync(portal)).Where(r => r.IsFor(Policies.Customer)))
        {
            using var stranger = portal.Browser();
            var program = await route.CallAsync(stranger, page: false);
            Assert.True(
                (int)program.Status == 401 && program.Code == "session.required",
                $"{route}: {program.Status} {program.Body}"
            );
            var page = await route.CallAsync(stranger, page: true);
            Assert.True(
                (int)page.Status == 303 && page.Location!.StartsWith("/login?return_url=%2F", StringComparison.Ordinal),
                $"{route}: {page.Status} {page.Location}"
            );
        }
    }

    [Fact]
    public async Task A_customer_is_no_operator()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: ManyTries);
        var asha = await portal.SignUpAsync("asha");
        foreach (var route in (await Route.AllAsync(portal)).Where(r => r.IsForOperators))
            (await route.CallAsync(asha.Browser, page: false)).ExpectRefusal(AccessRefusals.AdminSecretRequired);
    }

    [Fact]
    public async Task Operators_routes_ask_for_the_secret_and_refuse_a_wrong_one()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: ManyTries);
        using var stranger = portal.Browser();
        foreach (var route in (await Route.AllAsync(portal)).Where(r => r.IsForOperators))
        {
            (await route.CallAsync(stranger, page: false)).ExpectRefusal(AccessRefusals.AdminSecretRequired);
            foreach (
                var wrong in new[]
                {
                    "wrong",
                    Portal.AdminSecret + "x",
                    Portal.AdminSecret[..^1],
                    Portal.AdminSecret.ToUpperInvariant(),
                }
            )
                (await route.CallAsync(stranger, page: false, wrong)).ExpectRefusal(AccessRefusals.AdminSecretWrong);
            var page = await route.CallAsync(stranger, page: true);
            if (!route.IsUnsafe)
                Assert.True(
                    (int)page.Status == 303
                        && page.Location!.StartsWith("/admin/login?return_url=%2Fadmin", StringComparison.Ordinal),
                    $"{route}: {page.Status} {page.Location}"
                );
        }
    }

    [Fact]
    public async Task Without_a_configured_secret_operators_routes_are_off()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["HERO_ONBOARDING_ADMIN_SECRET"] = null }
        );
        using var stranger = portal.Browser();
        foreach (var route in (await Route.AllAsync(portal)).Where(r => r.IsForOperators))
        foreach (var secret in new[] { null, "", Portal.AdminSecret })
            (await route.CallAsync(stranger, page: false, secret)).ExpectRefusal(AccessRefusals.AdminOff);
    }

    [Fact]
    public async Task The_sign_in_callback_without_its_correlation_cookie_signs_nobody_in()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: ManyTries);
        using var stranger = portal.Browser();
        foreach (var query in new[] { "", "?code=abc&state=def", "?error=server_error&state=def" })
        {
            var reply = await stranger.SendAsync(HttpMethod.Get, Callback + query);
            reply.ExpectRefusal(AccountRefusals.SignInFailed);
            Assert.False(
                reply.Response.Headers.TryGetValues("Set-Cookie", out var cookies)
                    && cookies.Any(c => c.StartsWith("__Host-hero=", StringComparison.Ordinal))
            );
        }
    }

    [Fact]
    public async Task What_is_no_route_is_not_found_for_everybody()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        foreach (
            var browser in new[]
            {
                portal.Browser(),
                (await portal.SignUpAsync("asha")).Browser,
                await Route.OperatorAsync(portal),
            }
        )
        foreach (
            var path in new[] { "/nothing", "/admin/nothing", "/vm", "/.env", "/hero-onboarding.sqlite", "/Program.cs" }
        )
            (await browser.SendAsync(HttpMethod.Get, path)).ExpectRefusal(Refusals.NotFound);
    }
}

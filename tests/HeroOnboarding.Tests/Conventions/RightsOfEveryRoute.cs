using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Every operators' page and route with each role and each scope. What each may is written down here a second time, by
/// hand; a new route is an operator's unless somebody adds it to these lists on purpose.
/// </summary>
public sealed class RightsOfEveryRoute
{
    /// <summary>Routes that viewers may use.</summary>
    private static readonly string[] Viewers =
    [
        "GET /admin",
        "GET /admin/setup",
        "GET /admin/users",
        "GET /admin/users/{sid}",
        "GET /admin/allocations",
        "GET /admin/allocations/{sid}",
        "GET /admin/pool",
        "GET /admin/pool/refreshes",
        "GET /admin/jobs",
        "GET /admin/outbox",
        "GET /admin/audit",
        "GET /admin/list-users",
        "GET /admin/list-allocations",
        "GET /admin/list-pool",
        "GET /admin/pool-history",
        "GET /admin/list-alarms",
        "GET /admin/list-refreshes",
        "GET /admin/list-jobs",
        "GET /admin/list-job-reports",
        "GET /admin/list-outbox",
        "GET /admin/list-audit",
        "POST /admin/logout",
    ];

    /// <summary>Routes for owners only.</summary>
    private static readonly string[] Owners =
    [
        "GET /admin/operators",
        "GET /admin/tokens",
        "GET /admin/list-operators",
        "GET /admin/list-tokens",
        "POST /admin/operator-set",
        "POST /admin/operator-remove",
        "POST /admin/token-create",
        "POST /admin/token-revoke",
    ];

    /// <summary>Routes of a machine token with one scope. The scope read may GET what viewers may.</summary>
    private static readonly Dictionary<string, string[]> Scopes = new()
    {
        ["pool"] = ["POST /admin/pool-refresh", "POST /admin/pool-vm-ready", "POST /admin/pool-vm-status"],
        ["deployer"] = ["POST /admin/pool-vm-ready", "POST /admin/pool-vm-wipe-failed"],
        ["tick"] = ["POST /admin/auto-release-now", "POST /admin/run-job"],
        ["usage:node-1"] = [],
        ["read"] = [.. Viewers.Where(v => v.StartsWith("GET", StringComparison.Ordinal))],
    };

    [Fact]
    public async Task A_role_opens_its_routes_and_no_others()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: NamedOperators.Settings());
        // A sign-out would end the session for the routes that follow.
        var routes = (await RoutesAsync(portal)).OrderBy(r => r.Name == "POST /admin/logout").ToList();
        foreach (var (id, role) in new[] { ("4204", 0), ("4202", 1), ("4203", 2) })
        {
            using var browser = await NamedOperators.SessionOfAsync(portal, id, "somebody");
            var mayNot = 0;
            foreach (var route in routes)
            {
                var needed =
                    Viewers.Contains(route.Name) ? 0
                    : Owners.Contains(route.Name) ? 2
                    : 1;
                var reply = await route.CallAsync(browser, page: false);
                Assert.True(
                    (reply.Code == AccessRefusals.RoleRequired.Code) == (needed > role) && (int)reply.Status != 401,
                    $"{route} with role {role}: {(int)reply.Status} {reply.Body}"
                );
                mayNot += needed > role ? 1 : 0;
            }
            Assert.True(role == 2 ? mayNot == 0 : mayNot > 5, $"{mayNot} of {routes.Count} with role {role}");
        }
    }

    [Fact]
    public async Task A_scope_opens_its_routes_and_no_others()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: NamedOperators.Settings());
        var routes = await RoutesAsync(portal);
        foreach (var (scope, names) in Scopes)
        {
            var token = (
                await portal.AdminPostAsync(
                    "/admin/token-create",
                    new { name = scope.Replace(':', '-'), scopes = scope }
                )
            )
                .Expect(201)
                .Text("token");
            var opened = new List<string>();
            using var machine = portal.Browser();
            foreach (var route in routes)
            {
                var reply = await route.CallAsync(machine, page: false, token);
                Assert.NotEqual(401, (int)reply.Status);
                if (reply.Code == Refusals.TokenScope.Code)
                    continue;
                Assert.NotEqual(403, (int)reply.Status);
                opened.Add(route.Name);
            }
            Assert.Equal(names.Order(StringComparer.Ordinal), opened.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Every_route_of_these_lists_is_there()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        Assert.Empty(
            Viewers
                .Concat(Owners)
                .Concat(Scopes.Values.SelectMany(s => s))
                .Except((await RoutesAsync(portal)).Select(r => r.Name))
        );
    }

    /// <summary>HEAD has the policy of its GET.</summary>
    private static async Task<IReadOnlyList<Route>> RoutesAsync(Portal portal) =>
        [.. (await Route.AllAsync(portal)).Where(r => r.IsForOperators && r.Method != "HEAD")];
}

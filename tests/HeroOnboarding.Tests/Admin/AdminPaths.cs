using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>Every page and list of operators, and data for them.</summary>
internal static class AdminPaths
{
    public static readonly string[] Pages =
    [
        "/admin",
        "/admin/setup",
        "/admin/users",
        "/admin/allocations",
        "/admin/pool",
        "/admin/kyc",
        "/admin/payments",
        "/admin/suspense",
        "/admin/receipts",
        "/admin/pool/refreshes",
        "/admin/pool-preview",
        "/admin/jobs",
        "/admin/outbox",
        "/admin/audit",
        "/admin/operators",
        "/admin/tokens",
    ];

    public static readonly string[] Lists =
    [
        "/admin/list-users",
        "/admin/list-allocations",
        "/admin/list-pool",
        "/admin/list-kyc-sessions",
        "/admin/list-payments",
        "/admin/list-suspense",
        "/admin/list-receipts",
        "/admin/list-refreshes",
        "/admin/list-jobs",
        "/admin/list-job-reports",
        "/admin/list-outbox",
        "/admin/list-audit",
        "/admin/list-alarms",
        "/admin/pool-history",
        "/admin/list-operators",
        "/admin/list-tokens",
    ];

    /// <summary>Rows of these come from providers; their own tests fill them.</summary>
    public static readonly string[] FilledByProviders =
    [
        "/admin/list-kyc-sessions",
        "/admin/list-payments",
        "/admin/list-suspense",
    ];

    /// <summary>
    /// Creates one row for every list: a customer with an active and a released lease, an operator and a token with
    /// <paramref name="login"/>, notices, job reports and a refresh.
    /// </summary>
    public static async Task<(string User, string Lease)> FillAsync(this Portal portal, string login = "asha")
    {
        if (!await portal.ReadAsync(d => d.PoolVms.AnyAsync()))
            (await portal.RefreshPoolAsync(Portal.Machines(2))).Expect(200);
        var asha = await portal.SignUpWithPlanAsync(login);
        var over = (await asha.AllocateAsync()).Expect(201).Text("sid");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await asha.ReleaseAsync(over)).Expect(200);
        (
            await portal.AdminPostAsync(
                "/admin/operator-set",
                new
                {
                    forge_id = "77",
                    role = "viewer",
                    login,
                }
            )
        ).Expect(200);
        (await portal.AdminPostAsync("/admin/token-create", new { name = "deployer-1", scopes = "deployer" })).Expect(
            201
        );
        foreach (var job in new[] { "store.prune", "pool.sample", "alarms.watch" })
            await portal.RunJobAsync(job);
        return (asha.Sid, lease);
    }
}

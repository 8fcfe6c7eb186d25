using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// Every customers' page in every state it can be in: accessible, in bounds on a phone, in light and dark, without an
/// error on the console.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class PagesInTheirStates(Chromium chromium)
{
    private static readonly Dictionary<string, string?> Links = new()
    {
        ["SUPPORT_URL"] = "https://help.example.org/",
        ["TERMS_URL"] = "https://example.org/terms",
        ["PRIVACY_URL"] = "https://example.org/privacy",
        ["SELLER_NAME"] = "Hero Machines Ltd",
        ["FORGE_URL"] = "https://forge.example.org",
        ["FORGE_CLIENT_ID"] = "hero",
        ["FORGE_CLIENT_SECRET"] = "test-client-secret",
    };

    [Fact]
    public async Task For_strangers()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(12), Links, kestrel: true);
        await using var window = await chromium.OpenAsync();
        await LookAsync(window, portal, "/", "home");
        await LookAsync(window, portal, "/?signed_out=1", "home-signed-out");
        await LookAsync(window, portal, "/login?return_url=%2Fplans", "login");
        await LookAsync(window, portal, "/plans", "plans-stranger");
    }

    [Fact]
    public async Task For_strangers_of_a_portal_where_little_is_set_up()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            pool: null,
            new Dictionary<string, string?> { ["PROVISIONER_DEMO"] = "true" },
            kestrel: true
        );
        await using var window = await chromium.OpenAsync();
        await LookAsync(window, portal, "/", "home-demo");
        await LookAsync(window, portal, "/login", "login-off");
    }

    [Fact]
    public async Task For_a_newcomer_step_by_step()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(12), Links, kestrel: true);
        var asha = await portal.SignUpAsync("asha");
        await using var window = await chromium.OpenAsync(asha);
        await LookAsync(window, portal, "/dashboard", "dashboard-new");
        await LookAsync(window, portal, "/plans", "plans-unverified");
        await LookAsync(window, portal, "/credit", "credit-empty");
        await LookAsync(window, portal, "/account", "account-new");
        await LookAsync(window, portal, "/login", "login-signed-in");
        await LookAsync(window, portal, "/dashboard?refused=kyc.required", "dashboard-refused");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1234);
        await LookAsync(window, portal, "/plans", "plans-one-affordable");
        await LookAsync(window, portal, "/dashboard", "dashboard-with-credit");
        (await asha.BuyPlanAsync()).Expect(201);
        await LookAsync(window, portal, "/dashboard", "dashboard-with-plan");
    }

    [Fact]
    public async Task For_somebody_with_machines()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Pool(), Links, kestrel: true);
        var asha = await portal.SignUpAsync("asha");
        await using var window = await LivedInAsync(portal, asha);
        await LookAsync(window, portal, "/dashboard", "dashboard");
        await window.Button("Release vm-027").ClickAsync();
        await window.LookAsync("dashboard-release");
        await LookAsync(window, portal, "/credit", "credit");
        await LookAsync(window, portal, "/account", "account");
        await LookAsync(window, portal, "/plans", "plans-active");
        for (var i = 0; i < 2; i++)
            (await asha.AllocateAsync()).Expect(201);
        var newest = await portal.ReadAsync(d =>
            d.VmAllocations.OrderByDescending(a => a.Sid).Select(a => a.Sid).FirstAsync()
        );
        await LookAsync(
            window,
            portal,
            $"/dashboard?started={newest}&already={Instants.ToMicros(portal.Now)}",
            "dashboard-full-already"
        );
        await LookAsync(window, portal, "/account/sign-out-everywhere", "sign-out-everywhere");
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        await LookAsync(window, portal, "/dashboard", "dashboard-suspended");
        await LookAsync(window, portal, "/account", "account-suspended");
    }

    [Fact]
    public async Task Where_no_machine_is_free_or_nothing_is_found()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, "[]", Links, kestrel: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await using var window = await chromium.OpenAsync(asha);
        await LookAsync(window, portal, "/dashboard", "dashboard-empty-pool");
        await LookAsync(window, portal, "/plans?refused=pool.empty", "plans-refused");
        portal.Clock.Advance(TimeSpan.FromDays(31));
        await using var later = await chromium.OpenAsync(await portal.SignUpAsync("asha"));
        await LookAsync(later, portal, "/dashboard", "dashboard-plan-over");
    }

    /// <summary>
    /// A history such as people have: some machines given back, one erased, one still starting, one without a cockpit.
    /// </summary>
    private async Task<Window> LivedInAsync(Portal portal, Customer asha)
    {
        await asha.PassKycAsync();
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = 2342,
                    reason = "bank transfer of 12 November",
                }
            )
        ).Expect(200);
        portal.Clock.Advance(TimeSpan.FromMinutes(4));
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        portal.Clock.Advance(TimeSpan.FromMinutes(50));
        foreach (var erased in new[] { true, false })
        {
            var lease = (await asha.AllocateAsync()).Expect(201);
            portal.Clock.Advance(TimeSpan.FromMinutes(40));
            (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
            if (erased)
                (
                    await portal.AdminPostAsync(
                        "/admin/pool-vm-ready",
                        new { pool_vm_id = lease.Text("pool_vm_id"), lease_number = 1 }
                    )
                ).Expect(200);
        }
        foreach (var _ in new[] { 1, 2 })
            (await asha.AllocateAsync()).Expect(201);
        await portal.Units.RunAsync(
            "test.pending",
            Actor.System("test"),
            unit =>
                unit.Db.VmAllocations.Where(a => a.PoolVmId == "vm-035")
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(a => a.Status, AllocationStatus.Pending)
                            .SetProperty(a => a.Address, (string?)null)
                            .SetProperty(a => a.CockpitUrl, (string?)null)
                    )
        );
        return await chromium.OpenAsync(asha);
    }

    private static string Pool() =>
        "["
        + string.Join(
            ',',
            new[] { "vm-014", "vm-019", "vm-022", "vm-027", "vm-035", "vm-041", "vm-044" }.Select(
                (id, n) =>
                    $$"""{"id":"{{id}}","address":"5f2:81a0:44:{{n + 1}}:9c1e:77:2:"""
                    + $$"""{{n}}a","ssh_user":"hero","cockpit_url":"""
                    + $$"""{{(n == 3 ? "null" : $"\"https://{id}.example.org/\"")}}}"""
            )
        )
        + "]";

    private static async Task LookAsync(Window window, Portal portal, string path, string name)
    {
        await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
        await window.LookAsync(name);
    }
}

using HeroOnboarding.Admin.Access;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// Every operators' page in a real browser: accessible, in bounds on a phone, in light and dark, without an error on
/// the console.
/// </summary>
public sealed class AdminInBrowser(Chromium chromium)
{
    [Fact]
    public async Task With_nothing_yet()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, "[]", kestrel: true);
        await using var window = await chromium.OpenAsync();
        await LookAsync(window, portal, "/admin/login", "admin-sign-in");
        await SignInAsync(window, portal);
        foreach (
            var (path, name) in new[]
            {
                ("/admin", "overview"),
                ("/admin/allocations", "allocations"),
                ("/admin/jobs", "jobs"),
            }
        )
            await LookAsync(window, portal, path, $"admin-empty-{name}");
    }

    [Fact]
    public async Task With_a_working_day_behind()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            MachinesOf(14),
            new Dictionary<string, string?>
            {
                ["FORGE_URL"] = "https://forge.example.org",
                ["FORGE_CLIENT_ID"] = "hero",
                ["FORGE_CLIENT_SECRET"] = "test-client-secret",
                ["PROVISIONER_DEMOO"] = "1",
            },
            kestrel: true
        );
        var (user, over) = await LiveAsync(portal);
        await using var window = await SignInAsync(portal);
        foreach (
            var (path, name) in new[]
            {
                ("/admin", "overview"),
                ("/admin/setup", "setup"),
                ("/admin/users", "users"),
                ("/admin/users/" + user, "user"),
                ("/admin/allocations", "allocations"),
                ("/admin/allocations?sort=expires&size=2", "allocations-paged"),
                ("/admin/allocations/" + over, "allocation"),
                ("/admin/pool", "pool"),
                ("/admin/pool/many?action=quarantine", "pool-many"),
                ("/admin/pool/refreshes", "refreshes"),
                ("/admin/pool-preview", "pool-refresh"),
                ("/admin/jobs", "jobs"),
                ("/admin/outbox", "outbox"),
                ("/admin/audit", "audit"),
            }
        )
            await LookAsync(window, portal, path, "admin-" + name);
    }

    [Fact]
    public async Task With_a_silent_webhook_refused_calls_and_wrong_secrets()
    {
        await using var paying = await Paying.StartAsync(kestrel: true);
        var portal = paying.Portal;
        await paying.OpenAsync();
        portal.Clock.Advance(TimeSpan.FromHours(26));
        for (var n = 0; n < 12; n++)
            Assert.Equal(400, (await paying.Stripe.SendAsync("{}", "t=1,v1=00")).Status);
        for (var n = 0; n <= WrongSecrets.AlarmAbove; n++)
        {
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-jobs", secret: $"an-old-secret-{n:00}")).Expect(403);
            portal.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        await using var window = await SignInAsync(portal);
        await window.SeesAsync("31 wrong operator secrets or tokens");
        await window.SeesAsync("Webhook silent");
        await window.LookAsync("admin-alarms-overview");
        await LookAsync(window, portal, "/admin/setup", "admin-alarms-setup");
        await window.SeesAsync("12 in all; anybody can send one");
    }

    [Fact]
    public async Task A_refresh_is_previewed_and_applied_by_hand()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, MachinesOf(14), kestrel: true);
        await LiveAsync(portal);
        await using var window = await SignInAsync(portal);
        await window.Link("Pool").ClickAsync();
        await window.Link("Refresh the pool").ClickAsync();
        await window
            .Page.GetByLabel("Pool JSON")
            .FillAsync(MachinesOf(3).Replace("node", "nodes", StringComparison.Ordinal));
        await window.Button("Preview").ClickAsync();
        await window.SeesAsync("More than half of the free machines would vanish");
        await window.LookAsync("admin-pool-preview");
        await window.Button("Apply this refresh").ClickAsync();
        await window.SeesAsync("The pool was refreshed");
        await window.SeesAsync("Not listed any more, still held");
        await window.LookAsync("admin-pool-leaving");
        Assert.Equal(3, await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Listed)));
    }

    [Fact]
    public async Task A_booking_is_asked_for_first()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, kestrel: true);
        var asha = await portal.SignUpAsync("asha");
        await using var window = await SignInAsync(portal);
        await window.Page.GotoAsync(new Uri(portal.Address, "/admin/users/" + asha.Sid).ToString());
        await window.Page.GetByLabel("Amount in dollars").FillAsync("12.50");
        await window
            .Page.Locator("form[action='/admin/confirm-booking'] input[name=reason]")
            .FillAsync("bank transfer of 12 November");
        await window.Button("Continue").ClickAsync();
        await window.SeesAsync("Credit $12.50 to asha?");
        await window.LookAsync("admin-confirm-booking");
        await window.Button("Credit $12.50").ClickAsync();
        await window.SeesAsync("The credit was adjusted.");
    }

    private async Task<Window> SignInAsync(Portal portal)
    {
        var window = await chromium.OpenAsync();
        await SignInAsync(window, portal);
        return window;
    }

    private static async Task SignInAsync(Window window, Portal portal)
    {
        await window.Page.GotoAsync(new Uri(portal.Address, "/admin/login").ToString());
        await window.Page.GetByLabel("Operator secret").FillAsync(Portal.AdminSecret);
        await window.Page.GetByLabel("Your name").FillAsync("Neema Mollel");
        await window.Button("Sign in").ClickAsync();
        await window.SeesAsync("Overview");
    }

    private static string MachinesOf(int count) =>
        "["
        + string.Join(
            ',',
            Enumerable
                .Range(1, count)
                .Select(n =>
                    $$"""{"id":"vm-{{n:000}}","address":"5f2:81a0:44:{{n}}:9c1e:77:2:"""
                    + $$"""{{n:x}}a","ssh_user":"hero","node":"arusha-{{n % 3}}","cockpit_url":"""
                    + $$"""{{(n == 3 ? "null" : $"\"https://vm-{n:000}.example.org/\"")}}}"""
                )
        )
        + "]";

    /// <summary>Customers with machines in every state, notices that went wrong, jobs that ran.</summary>
    private static async Task<(string User, string Over)> LiveAsync(Portal portal)
    {
        string user = "",
            over = "";
        await portal.RunJobAsync("pool.sample");
        foreach (var login in new[] { "asha", "juma", "neema-of-the-long-login-name-that-somebody-chose" })
        {
            portal.Clock.Advance(TimeSpan.FromMinutes(7));
            var customer = await portal.SignUpWithPlanAsync(login);
            foreach (var n in new[] { 1, 2, 3 })
            {
                portal.Clock.Advance(TimeSpan.FromMinutes(3));
                var lease = (await customer.AllocateAsync()).Expect(201).Text("sid");
                if (n == 2)
                    (await customer.ReleaseAsync(over = lease)).Expect(200);
            }
            user = customer.Sid;
        }
        var lazy = await portal.SignUpAsync("lea");
        (
            await portal.AdminPostAsync(
                "/admin/user-suspend",
                new { user_sid = lazy.Sid, reason = "chargeback of a card, see ticket 4411" }
            )
        ).Expect(200);
        (
            await portal.AdminPostAsync("/admin/pool-vm-status", new { pool_vm_id = "vm-012", status = "maintenance" })
        ).Expect(200);
        await PutIntoTroubleAsync(portal);
        await portal.DeliverAsync();
        foreach (var job in new[] { "store.prune", "credit.reconcile", "pool.sample", "alarms.watch" })
            await portal.RunJobAsync(job);
        return (user, over);
    }

    /// <summary>A machine in quarantine, a stuck message and a pending allocation.</summary>
    private static Task PutIntoTroubleAsync(Portal portal) =>
        portal.Units.RunAsync(
            "test.seed",
            Actor.System("test"),
            async unit =>
            {
                await unit
                    .Db.PoolVms.Where(v => v.Id == "vm-013")
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(v => v.Condition, PoolCondition.Quarantined)
                            .SetProperty(v => v.ConditionReason, "disk errors")
                    );
                await unit
                    .Db.Outbox.Where(r => r.Kind == "deployer.release")
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(r => r.Stuck, true)
                            .SetProperty(r => r.Attempts, 3)
                            .SetProperty(r => r.LastError, "Answered 410; redirects are not followed.")
                    );
                await unit
                    .Db.VmAllocations.Where(a => a.PoolVmId == "vm-004")
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(a => a.Status, AllocationStatus.Pending)
                            .SetProperty(a => a.CockpitUrl, (string?)null)
                    );
            }
        );

    private static async Task LookAsync(Window window, Portal portal, string path, string name)
    {
        await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
        await window.LookAsync(name);
    }
}

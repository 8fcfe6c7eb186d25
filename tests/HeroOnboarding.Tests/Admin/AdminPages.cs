using System.Net;
using System.Text.RegularExpressions;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class AdminPages
{
    private const string Payload = "<img src=x onerror=alert(1)>\"'&";

    private static readonly string[] Pages =
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

    private static readonly string[] Lists =
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
    private static readonly string[] FilledByProviders =
    [
        "/admin/list-kyc-sessions",
        "/admin/list-payments",
        "/admin/list-suspense",
    ];

    [Theory, BothDatabases]
    public async Task Every_page_answers_an_operator_empty_and_full(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        foreach (var page in Pages)
            (await browser.OpenAsync(page)).Expect(200);
        var (user, lease) = await FillAsync(portal);
        foreach (var page in Pages.Append("/admin/users/" + user).Append("/admin/allocations/" + lease))
        {
            var body = (await browser.OpenAsync(page)).Expect(200).Body;
            Assert.Contains("<h1>", body, StringComparison.Ordinal);
            Assert.DoesNotContain("style=", body, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", body, StringComparison.Ordinal);
        }
        foreach (var list in Lists.Except(FilledByProviders))
            Assert.NotEqual(
                0,
                (await browser.SendAsync(HttpMethod.Get, list)).Expect(200).Json.GetProperty("rows").GetArrayLength()
            );
    }

    [Fact]
    public async Task Others_are_sent_to_sign_in_and_programs_get_401()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        foreach (
            var path in Pages.Concat(Lists).Append("/admin/users/" + asha.Sid).Append("/admin/allocations/" + asha.Sid)
        )
        foreach (var browser in new[] { portal.Browser(), asha.Browser })
        {
            (await browser.SendAsync(HttpMethod.Get, path)).ExpectRefusal(AccessRefusals.AdminSecretRequired);
            var page = (await browser.OpenAsync(path)).Expect(200);
            Assert.Equal("/admin/login", page.At.AbsolutePath);
            Assert.Contains(Uri.EscapeDataString(path), page.At.Query, StringComparison.Ordinal);
        }
        Assert.Empty(await portal.AuditOfAsync("user.view"));
    }

    [Fact]
    public async Task Pages_are_read_only_and_unknown_ones_are_404()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        foreach (var page in Pages.Where(p => p != "/admin/pool-preview"))
            (await portal.AdminPostAsync(page, new { })).Expect(405);
        foreach (
            var page in new[]
            {
                "/admin/users/nobody",
                "/admin/users/01KB00Q7000000000000000000",
                "/admin/allocations/x",
                "/admin/allocations/01KB00Q7000000000000000000",
            }
        )
            (await portal.AdminAsync(HttpMethod.Get, page)).ExpectRefusal(Refusals.NotFound);
        Assert.Empty(await portal.AuditOfAsync("user.view"));
    }

    [Fact]
    public async Task Allocations_have_exactly_the_thirteen_columns()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            Portal.Machines(1)[..^1] + """,{"id":"vm-plain"}]"""
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await asha.AllocateAsync()).Expect(201);
        using var browser = await portal.OperatorAsync();
        var body = (await browser.OpenAsync("/admin/allocations")).Expect(200).Body;
        var headings = Regex
            .Matches(body, "<th\\b[^>]*>(.*?)</th>", RegexOptions.Singleline)
            .Select(m => Regex.Replace(m.Groups[1].Value, "<[^>]*>", "").Trim());
        Assert.Equal(
            [
                "sid",
                "user",
                "plan",
                "provisioner",
                "pool vm",
                "status",
                "address",
                "forge id",
                "cost",
                "created",
                "expires",
                "released",
                "cockpit",
            ],
            headings
        );
        var cockpits = Regex
            .Matches(
                body,
                "<td data-label=\"cockpit\">\\s*((?:<a href=\"https://vm-0001[^>]*>Open →</a>)|—)\\s*</td>\\s*</tr>"
            )
            .Select(m => m.Groups[1].Value)
            .ToList();
        Assert.Equal(
            ["—", "<a href=\"https://vm-0001.example.org/\" rel=\"noopener noreferrer\">Open →</a>"],
            cockpits.Select(WebUtility.HtmlDecode)
        );
    }

    [Fact]
    public async Task Deceiving_text_is_shown_as_text_on_every_page()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            """
            [{"id":"vm-1","node":"PAYLOAD","cockpit_url":"https://x.example/?\u003cb\u003e","labels":{"a":"PAYLOAD"}},
            {"id":"vm-2","node":"PAYLOAD"}]
            """.Replace("PAYLOAD", "<img src=x onerror=alert(1)>\\\"'&", StringComparison.Ordinal)
        );
        var (user, lease) = await FillAsync(portal, Payload);
        await portal.Units.RunAsync(
            "test.seed",
            new("operator", Payload),
            async unit =>
            {
                unit.Send("test.kind", Payload, new { });
                await unit.Db.SaveChangesAsync();
                await unit.Db.Outbox.ExecuteUpdateAsync(set => set.SetProperty(r => r.LastError, Payload));
                // Rows from before addresses were checked may hold anything.
                await unit.Db.PoolVms.ExecuteUpdateAsync(set =>
                    set.SetProperty(v => v.ConditionReason, Payload).SetProperty(v => v.Address, Payload)
                );
                await unit.Db.VmAllocations.ExecuteUpdateAsync(set => set.SetProperty(a => a.Address, Payload));
                unit.Note(Payload, new { text = Payload });
            }
        );
        using var browser = await portal.OperatorAsync(Payload);
        var query =
            "?q="
            + Uri.EscapeDataString(Payload)
            + "&act="
            + Uri.EscapeDataString(Payload)
            + "&name="
            + Uri.EscapeDataString(Payload)
            + "&done="
            + Uri.EscapeDataString(Payload)
            + "&ready="
            + Uri.EscapeDataString(Payload)
            + "&refused="
            + Uri.EscapeDataString(Payload);
        foreach (
            var page in Pages
                .Append("/admin/users/" + user)
                .Append("/admin/allocations/" + lease)
                .SelectMany(p => new[] { p, p + query })
                .Append("/admin/login" + query)
        )
        {
            var body = (await browser.OpenAsync(page)).Expect(200).Body;
            Assert.DoesNotContain("<img src=x", body, StringComparison.Ordinal);
            Assert.DoesNotContain("<b>\"", body, StringComparison.Ordinal);
        }
        Assert.Contains(
            "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;",
            (await browser.OpenAsync("/admin/users")).Body,
            StringComparison.Ordinal
        );
        var preview = await browser.SubmitAsync(
            "/admin/pool-preview",
            "/admin/pool-preview",
            new Dictionary<string, string> { ["pool"] = """[{"id":"<img src=x onerror=alert(1)>"}]""" }
        );
        Assert.DoesNotContain("<img src=x", preview.Expect(422).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setup_shows_what_is_set_without_the_values_of_secrets()
    {
        const string clientSecret = "planted-client-secret-7431";
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?>
            {
                ["FORGE_URL"] = "https://forge.test",
                ["FORGE_CLIENT_ID"] = "portal",
                ["FORGE_CLIENT_SECRET"] = clientSecret,
                ["HERO_ONBOARDING_ADMIN_SECRETS"] = "x",
            }
        );
        using var browser = await portal.OperatorAsync();
        var body = (await browser.OpenAsync("/admin/setup")).Expect(200).Body;
        Assert.DoesNotContain(clientSecret, body, StringComparison.Ordinal);
        Assert.DoesNotContain(Portal.AdminSecret, body, StringComparison.Ordinal);
        Assert.Contains("https://localhost/login/forge/callback", body, StringComparison.Ordinal);
        Assert.Contains("Base URL fits", body, StringComparison.Ordinal);
        Assert.Contains("HERO_ONBOARDING_ADMIN_SECRETS", body, StringComparison.Ordinal);
        Assert.Contains("DEPLOYER_URL and DEPLOYER_SECRET are not set", body, StringComparison.Ordinal);
        Assert.Contains("vms-10", body, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task The_overview_names_what_needs_somebody(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        using var browser = await portal.OperatorAsync();
        Assert.Contains("Nothing needs you now", (await browser.OpenAsync("/admin")).Body, StringComparison.Ordinal);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        Assert.Contains("Pool empty", (await browser.OpenAsync("/admin")).Body, StringComparison.Ordinal);
        (await asha.ReleaseAsync(lease)).Expect(200);
        await portal.RunJobAsync("credit.reconcile");
        await portal.Units.RunAsync(
            "test.seed",
            new("system", "test"),
            async unit =>
            {
                await unit.Db.Outbox.ExecuteUpdateAsync(set => set.SetProperty(r => r.Stuck, true));
                await unit.Db.Jobs.ExecuteUpdateAsync(set => set.SetProperty(r => r.LastOk, false));
            }
        );
        var body = (await browser.OpenAsync("/admin")).Expect(200).Body;
        foreach (
            var (word, link) in new[]
            {
                ("To be erased", "state=recycling"),
                ("Outbox stuck", "state=stuck"),
                ("Job failed", "name=credit.reconcile"),
                ("Pool empty", "/admin/pool"),
            }
        )
        {
            Assert.Contains(word, body, StringComparison.Ordinal);
            Assert.Contains(link, body, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// One of everything: a customer with a lease that is live and one that is over, notices, job reports, a refresh.
    /// </summary>
    private static async Task<(string User, string Lease)> FillAsync(Portal portal, string login = "asha")
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
                    login = Payload,
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

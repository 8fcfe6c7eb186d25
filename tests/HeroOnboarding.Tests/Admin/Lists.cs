using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class Lists
{
    private const int Many = 137;

    private static readonly string[] WithCursor =
    [
        "/admin/list-users",
        "/admin/list-users?sort=-last_sign_in",
        "/admin/list-allocations",
        "/admin/list-pool",
        "/admin/list-receipts",
        "/admin/list-outbox",
        "/admin/list-audit",
        "/admin/list-refreshes",
        "/admin/list-job-reports",
    ];

    [Theory, BothDatabases]
    public async Task Users_are_walked_without_gaps_or_repeats_in_every_order_though_sort_values_are_equal(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await SeedUsersAsync(portal);
        foreach (
            var (sort, order) in new[]
            {
                ("created", "sid"),
                ("-created", "sid DESC"),
                ("last_sign_in", "last_sign_in_at, sid"),
                ("-last_sign_in", "last_sign_in_at DESC, sid DESC"),
                ("credit", "balance, sid"),
                ("-credit", "balance DESC, sid DESC"),
                ("login", "CASE WHEN forge_login IS NULL THEN 1 ELSE 0 END, forge_login, sid"),
                ("-login", "CASE WHEN forge_login IS NULL THEN 1 ELSE 0 END, forge_login DESC, sid DESC"),
            }
        )
        {
            var expected = await portal.ReadAsync(d =>
                d.Database.SqlQueryRaw<string>($"SELECT sid AS \"Value\" FROM accounts ORDER BY {order}").ToListAsync()
            );
            Assert.Equal(Many, expected.Count);
            foreach (var size in new[] { 7, 50, 137, 200 })
                Assert.Equal(expected, await portal.WalkAsync("/admin/list-users?sort=" + sort, "sid", size));
        }
    }

    [Theory, BothDatabases]
    public async Task Allocations_and_pool_are_walked_without_gaps_or_repeats_under_filters(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(60));
        for (var n = 0; n < 5; n++)
        {
            var customer = await portal.SignUpWithPlanAsync("user" + n, "vms-10");
            for (var m = 0; m < 6; m++)
                if ((await customer.AllocateAsync()).Expect(201).Text("sid") is var sid && m % 3 == 0)
                    (await customer.ReleaseAsync(sid)).Expect(200);
        }
        var all = await portal.ReadAsync(d =>
            d.VmAllocations.OrderByDescending(a => a.Sid).Select(a => new { a.Sid, a.Status }).ToListAsync()
        );
        Assert.Equal(all.Select(a => a.Sid), await portal.WalkAsync("/admin/list-allocations", "sid", 7));
        Assert.Equal(
            all.Where(a => a.Status == AllocationStatus.Released).Select(a => a.Sid),
            await portal.WalkAsync("/admin/list-allocations?status=released", "sid", 3)
        );
        var byExpiry = await portal.ReadAsync(d =>
            d.VmAllocations.OrderBy(a => a.ExpiresAt).ThenBy(a => a.Sid).Select(a => a.Sid).ToListAsync()
        );
        Assert.Equal(byExpiry, await portal.WalkAsync("/admin/list-allocations?sort=expires", "sid", 7));
        var machines = await portal.ReadAsync(d =>
            d.PoolVms.OrderByDescending(v => v.FreeSince).ThenByDescending(v => v.Id).Select(v => v.Id).ToListAsync()
        );
        Assert.Equal(machines, await portal.WalkAsync("/admin/list-pool?sort=-free_since", "id", 7));
        Assert.Equal(10, (await portal.WalkAsync("/admin/list-pool?state=recycling", "id", 3)).Count);
        Assert.Equal(20, (await portal.WalkAsync("/admin/list-pool?state=held", "id", 200)).Count);
        Assert.Equal(30, (await portal.WalkAsync("/admin/list-pool?state=free", "id", 7)).Count);
    }

    [Theory, BothDatabases]
    public async Task Rows_that_come_while_somebody_walks_are_neither_repeated_nor_do_they_push_others_out(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await SeedUsersAsync(portal);
        var first = (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users?size=100&sort=-created"))
            .Expect(200)
            .Json;
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.SignUpAsync("newcomer");
        var second = (
            await portal.AdminAsync(
                HttpMethod.Get,
                "/admin/list-users?size=100&sort=-created&after=" + first.GetProperty("next").GetString()
            )
        )
            .Expect(200)
            .Json;
        Assert.Equal(Many - 100, second.GetProperty("rows").GetArrayLength());
        Assert.False(second.TryGetProperty("next", out _));
    }

    [Theory, BothDatabases]
    public async Task Search_finds_login_forge_id_sid_machine_and_address_whatever_the_case(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpAsync("Asha-Mwangi", "4200");
        var juma = await portal.SignUpWithPlanAsync("juma");
        var lease = (await juma.AllocateAsync()).Expect(201).Text("sid");
        foreach (var q in new[] { "asha-m", "MWANGI", "4200", asha.Sid, asha.Sid.ToLowerInvariant(), asha.Sid[^8..] })
            Assert.Equal([asha.Sid], await portal.WalkAsync("/admin/list-users?q=" + q, "sid", 50));
        foreach (var q in new[] { "JUMA", lease, lease[^8..], juma.Sid, "VM-0001", "10.0.0.1" })
            Assert.Equal([lease], await portal.WalkAsync("/admin/list-allocations?q=" + q, "sid", 50));
        Assert.Empty(await portal.WalkAsync("/admin/list-allocations?status=Released&q=juma", "sid", 50));
        Assert.Equal(["vm-0002"], await portal.WalkAsync("/admin/list-pool?q=10.0.0.2", "id", 50));
        Assert.Equal(
            "juma",
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-pool?q=VM-0001"))
                .Json.GetProperty("rows")[0]
                .GetProperty("holder")
                .GetString()
        );
    }

    [Theory, BothDatabases]
    public async Task Wildcards_in_a_search_mean_themselves(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        foreach (var login in new[] { "a_b", "axb", "50%", "500", @"back\slash", "backslash" })
            await portal.SignUpAsync(login);
        foreach (
            var (q, found) in new[] { ("a_b", "a_b"), ("%", "50%"), ("_", "a_b"), (@"\", @"back\slash"), ("0%", "50%") }
        )
            Assert.Equal(
                [found],
                await portal.WalkAsync("/admin/list-users?q=" + Uri.EscapeDataString(q), "login", 50)
            );
    }

    [Theory, BothDatabases]
    public async Task A_cursor_that_no_list_gave_is_refused(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        await SeedUsersAsync(portal);
        var byLogin = (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users?size=1&sort=login"))
            .Expect(200)
            .Text("next");
        string[] cursors =
        [
            "x",
            "%00",
            "AAAA",
            Base64("[]"),
            Base64("[1,2,3]"),
            Base64("{}"),
            Base64("""["accounts+forge_login","a"]"""),
            Base64("""["accounts+forge_login",7,"x"]"""),
            Base64("""["accounts+forge_login","a\u0000b","x"]"""),
            Base64("""["accounts-sid",null,"\u0000"]"""),
            Base64("""["accounts-last_sign_in_at","text","x"]"""),
            Base64("""["accounts-last_sign_in_at",1e99,"x"]"""),
            new string('A', 3000),
            byLogin,
        ];
        foreach (var list in WithCursor)
        foreach (var cursor in cursors)
            (
                await portal.AdminAsync(
                    HttpMethod.Get,
                    list
                        + (list.Contains('?', StringComparison.Ordinal) ? "&" : "?")
                        + "after="
                        + (cursor == "%00" ? cursor : Uri.EscapeDataString(cursor))
                )
            ).ExpectRefusal(Refusals.QueryInvalid);
        using var browser = await portal.OperatorAsync();
        Assert.Contains(
            "query.invalid",
            (await browser.OpenAsync("/admin/users?after=x")).Expect(422).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Unknown_values_of_a_query_are_refused_and_odd_text_finds_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        await SeedUsersAsync(portal);
        foreach (
            var query in new[]
            {
                "sort=password",
                "sort=--created",
                "size=0",
                "size=201",
                "size=many",
                "q=" + new string('a', 101),
            }
        )
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users?" + query)).ExpectRefusal(
                Refusals.QueryInvalid
            );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-allocations?status=Nope")).ExpectRefusal(
            Refusals.QueryInvalid
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-pool?state=3")).ExpectRefusal(Refusals.QueryInvalid);
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users?q=%00%01a%EF%BF")).Expect(200);
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-audit?act=%00a&subject=%27%3B--")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task The_audit_is_filtered_by_act_actor_and_subject(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await asha.PassKycAsync();
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        using var browser = await portal.OperatorAsync("Neema: lead");
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await browser.OpenAsync("/admin/users/" + asha.Sid)).Expect(200);
        Assert.Equal(
            ["user.view"],
            await portal.WalkAsync("/admin/list-audit?subject=" + asha.Sid + "&actor=operator:Neema: lead", "act", 50)
        );
        Assert.Equal(
            ["user.view", "operator.sign_in"],
            await portal.WalkAsync("/admin/list-audit?actor=" + Uri.EscapeDataString("Neema: lead"), "act", 1)
        );
        Assert.Equal([asha.Sid], await portal.WalkAsync("/admin/list-audit?act=kyc.verify", "subject", 50));
        Assert.Equal(
            ["user.view", "kyc.verify", "account.sign_in"],
            await portal.WalkAsync("/admin/list-audit?subject=" + asha.Sid, "act", 2)
        );
    }

    [Theory, BothDatabases]
    public async Task Headings_sort_and_the_pager_leads_through_all_pages(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await SeedUsersAsync(portal);
        using var browser = await portal.OperatorAsync();
        var page = (await browser.OpenAsync("/admin/users")).Expect(200).Body;
        Assert.Contains(
            "<th aria-sort=\"descending\" scope=\"col\"><a href=\"/admin/users?sort=created\">created</a></th>",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains("50 shown, more follow", page, StringComparison.Ordinal);
        var pages = 1;
        while (
            System.Text.RegularExpressions.Regex.Match(page, "href=\"([^\"]*)\" rel=\"next\"") is { Success: true } next
        )
        {
            page = (await browser.OpenAsync(System.Net.WebUtility.HtmlDecode(next.Groups[1].Value))).Expect(200).Body;
            Assert.Contains(">First</a>", page, StringComparison.Ordinal);
            pages++;
        }
        Assert.Equal(3, pages);
        Assert.Contains("37 shown", page, StringComparison.Ordinal);
        Assert.Contains(
            "Nothing found",
            (await browser.OpenAsync("/admin/users?q=nobody-of-this-name")).Body,
            StringComparison.Ordinal
        );
    }

    private static string Base64(string json) =>
        System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>Customers of whom many share login, credit and time of sign-in, and some have no login.</summary>
    private static Task SeedUsersAsync(Portal portal) =>
        portal.Units.RunAsync(
            "test.seed",
            new("system", "test"),
            async unit =>
            {
                for (var n = 0; n < Many; n++)
                    await unit.Db.Database.ExecuteSqlRawAsync(
                        """
                        INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, kyc_status, balance, created_at,
                          last_sign_in_at)
                        VALUES ({0}, 'https://forge.test', {1}, {2}, 'pending', {3}, {4}, {5})
                        """,
                        unit.NewSid(),
                        "9" + n,
                        n % 10 == 3 ? null! : "user" + (n % 4),
                        (n % 3) * 10_000L - 10_000,
                        Instants.ToMicros(unit.Now),
                        Instants.ToMicros(unit.Now) + n % 5
                    );
            }
        );
}

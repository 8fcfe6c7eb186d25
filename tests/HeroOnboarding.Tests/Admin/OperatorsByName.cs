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

    [Theory, BothDatabases]
    public async Task Whose_rights_are_taken_away_is_out_at_the_next_request(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings("4203:owner"));
        using var owner = await NamedOperators.SessionOfAsync(portal, "4203", "owner");
        (
            await owner.SendAsync(
                HttpMethod.Post,
                "/admin/operator-set",
                new
                {
                    forge_id = "4202",
                    role = "operator",
                    login = "neema",
                }
            )
        ).Expect(200);
        using var neema = await NamedOperators.SessionOfAsync(portal, "4202", "neema");
        (await neema.SendAsync(HttpMethod.Get, "/admin/list-payments")).Expect(200);
        (
            await owner.SubmitAsync(
                "/admin/operators",
                "/admin/operator-set",
                new Dictionary<string, string>
                {
                    ["forge_id"] = " 4202 ",
                    ["role"] = "viewer",
                    ["login"] = "",
                }
            )
        ).Expect(303);
        (await neema.SendAsync(HttpMethod.Get, "/admin/list-payments")).ExpectRefusal(AccessRefusals.RoleRequired);
        (await neema.SendAsync(HttpMethod.Get, "/admin/list-users")).Expect(200);
        var removed = (await owner.SubmitAsync("/admin/operators", "/admin/operator-remove")).Expect(303);
        Assert.Contains(
            "The rights of 4202 are gone",
            Markup.Text((await owner.OpenAsync(removed.Location!)).Body),
            StringComparison.Ordinal
        );
        (await neema.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(AccessRefusals.AdminSecretRequired);
        (await owner.SendAsync(HttpMethod.Post, "/admin/operator-remove", new { forge_id = "4202" })).ExpectRefusal(
            Refusals.NotFound
        );
        Assert.Equal(
            ["operator:owner (4203) 4202", "operator:owner (4203) 4202"],
            await portal.AuditOfAsync("operator.set")
        );
        Assert.Equal(["operator:owner (4203) 4202"], await portal.AuditOfAsync("operator.remove"));
        Assert.Equal(
            "neema",
            (await portal.ReadAsync(d => d.Audit.SingleAsync(r => r.Act == "operator.remove"))).Detail is { } detail
                ? System.Text.Json.JsonDocument.Parse(detail).RootElement.GetProperty("login").GetString()
                : null
        );
        await portal.RestartAsync(new Dictionary<string, string?> { ["ADMIN_FORGE_USERS"] = "4202:owner" });
        using var after = portal.Browser();
        foreach (System.Net.Cookie cookie in owner.Cookies.GetAllCookies())
            after.SetCookie(Portal.Base, cookie.Name, cookie.Value);
        (await after.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(AccessRefusals.AdminSecretRequired);
    }

    [Theory, BothDatabases]
    public async Task The_first_owner_ends_the_secret_s_pages_at_once_and_programs_go_on(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings(null));
        using var first = await portal.OperatorAsync();
        (
            await first.SendAsync(HttpMethod.Post, "/admin/operator-set", new { forge_id = "4202", role = "operator" })
        ).Expect(200);
        (await first.OpenAsync("/admin/operators")).Expect(200);
        (
            await first.SubmitAsync(
                "/admin/operators",
                "/admin/operator-set",
                new Dictionary<string, string>
                {
                    ["forge_id"] = "4203",
                    ["role"] = "owner",
                    ["login"] = "asha\u202e",
                }
            )
        ).Expect(303);
        (await first.SendAsync(HttpMethod.Get, "/admin/list-users")).ExpectRefusal(AccessRefusals.AdminSecretRequired);
        using var browser = portal.Browser();
        (
            await browser.SendAsync(
                HttpMethod.Post,
                "/admin/login",
                new { secret = Portal.AdminSecret, name = "Neema" }
            )
        ).ExpectRefusal(AccessRefusals.AdminUseForge);
        var page = (await browser.OpenAsync("/admin/login")).Expect(200).Body;
        Assert.Contains(AccessRefusals.AdminUseForge.Title, page, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", page, StringComparison.Ordinal);
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users")).Expect(200);
        Assert.Equal(
            "asha",
            await portal.ReadAsync(d => d.Operators.Where(o => o.ForgeId == "4203").Select(o => o.Login).SingleAsync())
        );
        // Without a Forge nobody could come in by name: the secret is enough again.
        await portal.RestartAsync(
            new Dictionary<string, string?>
            {
                ["FORGE_URL"] = null,
                ["FORGE_CLIENT_ID"] = null,
                ["FORGE_CLIENT_SECRET"] = null,
            }
        );
        using var again = await portal.OperatorAsync();
        (await again.SendAsync(HttpMethod.Get, "/admin/list-users")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task The_last_owner_stays_and_those_of_the_setting_are_changed_in_the_setting(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings("4202:operator"));
        Task<Reply> SetAsync(string id, string role) =>
            portal.AdminPostAsync("/admin/operator-set", new { forge_id = id, role });
        Task<Reply> RemoveAsync(string id) => portal.AdminPostAsync("/admin/operator-remove", new { forge_id = id });
        (await SetAsync("4203", "owner")).Expect(200);
        (await SetAsync("4203", "owner")).Expect(200);
        (await SetAsync("4203", "operator")).ExpectRefusal(AccessRefusals.OperatorLastOwner);
        (await RemoveAsync("4203")).ExpectRefusal(AccessRefusals.OperatorLastOwner);
        (await SetAsync("4205", "owner")).Expect(200);
        (await SetAsync("4203", "viewer")).Expect(200);
        (await RemoveAsync("4205")).ExpectRefusal(AccessRefusals.OperatorLastOwner);
        (await SetAsync("4202", "viewer")).ExpectRefusal(AccessRefusals.OperatorConfigured);
        (await RemoveAsync("4202")).ExpectRefusal(AccessRefusals.OperatorConfigured);
        foreach (
            var (id, role) in new[]
            {
                ("asha", "viewer"),
                ("0", "viewer"),
                ("-1", "viewer"),
                ("12345678901234567890", "viewer"),
                ("٣", "viewer"),
                ("5", "admin"),
                ("5", "Viewer"),
                ("", "viewer"),
                ("5", ""),
            }
        )
            (await SetAsync(id, role)).ExpectRefusal(AccessRefusals.OperatorIncomplete);
        var rows = (await portal.AdminAsync(HttpMethod.Get, "/admin/list-operators"))
            .Expect(200)
            .Json.GetProperty("rows")
            .EnumerateArray()
            .Select(r => $"{r.GetProperty("forge_id")} {r.GetProperty("role")} {r.GetProperty("configured")}");
        Assert.Equal(["4202 operator True", "4203 viewer False", "4205 owner False"], rows);
        // An owner of the setting is one too.
        await portal.RestartAsync(new Dictionary<string, string?> { ["ADMIN_FORGE_USERS"] = "1:owner" });
        (await RemoveAsync("4205")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task Of_two_owners_who_take_each_other_s_role_at_the_same_time_one_remains(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: NamedOperators.Settings(null));
        for (var round = 0; round < 5; round++)
        {
            foreach (var id in new[] { "11", "12" })
                (await portal.AdminPostAsync("/admin/operator-set", new { forge_id = id, role = "owner" })).Expect(200);
            var (one, two) = (
                await NamedOperators.SessionOfAsync(portal, "11", "one"),
                await NamedOperators.SessionOfAsync(portal, "12", "two")
            );
            var replies = await Task.WhenAll(
                one.SendAsync(HttpMethod.Post, "/admin/operator-set", new { forge_id = "12", role = "viewer" }),
                two.SendAsync(HttpMethod.Post, "/admin/operator-remove", new { forge_id = "11" })
            );
            Assert.Single(replies, r => (int)r.Status == 200);
            Assert.Contains(
                replies.Single(r => (int)r.Status != 200).Code,
                new[] { "role.required", "operator.last_owner", "admin.secret_required" }
            );
            Assert.Equal(
                1,
                await portal.ReadAsync(d =>
                    d.Operators.CountAsync(o => o.Role == HeroOnboarding.Admin.Access.OperatorRole.Owner)
                )
            );
        }
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

    [Fact]
    public async Task A_viewer_sees_the_pages_without_what_they_may_not_do_or_know()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3), NamedOperators.Settings());
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201).Text("sid");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        await portal.RunJobAsync("alarms.watch");
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "viewer");
        using var acting = await NamedOperators.SessionOfAsync(portal, "4202", "operator");
        foreach (
            var page in new[]
            {
                "/admin",
                "/admin/setup",
                "/admin/users",
                "/admin/users/" + asha.Sid,
                "/admin/allocations",
                "/admin/allocations/" + lease,
                "/admin/pool",
                "/admin/pool/refreshes",
                "/admin/jobs",
                "/admin/outbox",
                "/admin/audit",
            }
        )
        {
            var body = (await viewer.OpenAsync(page)).Expect(200).Body;
            var forms = Markup.Forms(body).Where(f => f.Contains("method=\"post\"", StringComparison.Ordinal)).ToList();
            Assert.True(
                forms.All(f => f.Contains("action=\"/admin/logout\"", StringComparison.Ordinal)) && forms.Count == 1,
                $"{page}: {string.Join('\n', forms)}"
            );
            foreach (
                var hidden in new[]
                {
                    "href=\"/admin/payments",
                    "href=\"/admin/kyc",
                    "href=\"/admin/receipts",
                    "href=\"/admin/pool-preview",
                    "href=\"/admin/tokens",
                    "href=\"/admin/operators",
                    "popovertarget",
                }
            )
                Assert.False(
                    body.Contains(hidden, StringComparison.Ordinal),
                    $"{page}: {hidden} in {body[Math.Max(0, body.IndexOf(hidden, StringComparison.Ordinal) - 100)..]}"
                );
        }
        var user = Markup.Text((await viewer.OpenAsync("/admin/users/" + asha.Sid)).Body);
        var full = Markup.Text((await acting.OpenAsync("/admin/users/" + asha.Sid)).Body);
        foreach (
            var word in new[]
            {
                "Identity checks",
                "Statement",
                "No payment was started yet",
                "Credit or debit",
                "\"cents\"",
                "as agreed",
            }
        )
            Assert.DoesNotContain(word, user, StringComparison.Ordinal);
        foreach (var word in new[] { "Identity checks", "Statement", "No payment was started yet", "Credit or debit" })
            Assert.Contains(word, full, StringComparison.Ordinal);
        var audit = (await viewer.SendAsync(HttpMethod.Get, "/admin/list-audit?act=credit.adjust"))
            .Expect(200)
            .Json.GetProperty("rows")[0];
        Assert.False(audit.TryGetProperty("detail", out _));
        Assert.True(
            (await acting.SendAsync(HttpMethod.Get, "/admin/list-audit?act=credit.adjust"))
                .Json.GetProperty("rows")[0]
                .TryGetProperty("detail", out _)
        );
        Assert.Contains("operator:viewer (4204) " + asha.Sid, await portal.AuditOfAsync("user.view"));
        var refused = (await viewer.OpenAsync("/admin/payments")).Expect(403);
        foreach (
            var word in new[]
            {
                "viewer (4204), role viewer",
                "needs the role operator",
                "role.required",
                "Operators&#x27; start page",
            }
        )
            Assert.Contains(
                word,
                refused.Body.Replace("Operators' start page", "Operators&#x27; start page", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
    }
}

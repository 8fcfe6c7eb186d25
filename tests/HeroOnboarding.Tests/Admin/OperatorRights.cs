using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>Roles are given, changed and taken away, and hold from the next request on.</summary>
public sealed class OperatorRights
{
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
        await ExpectAuditOfRemovalAsync(portal);
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
        // Without a Forge no operator could sign in by name, so the secret is enough again.
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
        // An owner in ADMIN_FORGE_USERS counts as an owner.
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

    /// <summary>The role was set twice and removed once; the removal names the login.</summary>
    private static async Task ExpectAuditOfRemovalAsync(Portal portal)
    {
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
    }
}

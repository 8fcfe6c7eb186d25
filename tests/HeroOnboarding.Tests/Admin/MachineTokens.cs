using System.Text.Json;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class MachineTokens
{
    [Theory, BothDatabases]
    public async Task A_token_is_shown_once_opens_what_its_scopes_say_and_stands_nowhere(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var made = await portal.CreateTokenAsync("feeder", "pool read");
        var token = made.Text("token");
        Assert.Matches("^hmt_[A-Za-z0-9_-]{43}$", token);
        Assert.Equal(["pool", "read"], made.Json.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        (await portal.Browser().SendRawAsync(HttpMethod.Post, "/admin/pool-refresh", Portal.Machines(1), token)).Expect(
            200
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-pool", secret: token)).Expect(200);
        var refused = (
            await portal.AdminAsync(HttpMethod.Post, "/admin/run-job", new { name = "store.prune" }, token)
        ).ExpectRefusal(Refusals.TokenScope);
        Assert.Contains("the scope tick; this one has pool, read", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Contains("ask an owner for a token with it", refused.Text("next"), StringComparison.Ordinal);
        Assert.Equal(
            "Send the operator secret, or sign in at /admin/login.",
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-payments", secret: token)).Text("next")
        );
        Assert.Contains(
            "No token",
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-payments", secret: token))
                .ExpectRefusal(Refusals.TokenScope)
                .Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            ["machine:token:feeder pool"],
            (await portal.AuditOfAsync("pool.refresh")).Where(r => !r.StartsWith("system", StringComparison.Ordinal))
        );
        var everywhere =
            string.Join('\n', portal.Log.Lines)
            + string.Join('\n', (await portal.DumpAsync()).Select(t => t.Value))
            + (await portal.AdminAsync(HttpMethod.Get, "/admin/list-tokens")).Body
            + (await (await portal.OperatorAsync()).OpenAsync("/admin/tokens")).Body;
        Assert.DoesNotContain(token, everywhere, StringComparison.Ordinal);
        Assert.DoesNotContain(token[4..], everywhere, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task It_lives_to_the_exact_microsecond_and_not_one_longer(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var made = await portal.CreateTokenAsync("reader", "read", days: 1);
        Task<Reply> ReadAsync() => portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: made.Text("token"));
        portal.Clock.Advance(made.Json.GetProperty("expires_at").GetDateTimeOffset() - portal.Now);
        (await ReadAsync()).Expect(200);
        Assert.Equal("live", await StateAsync(portal, "reader"));
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Contains(
            "has expired",
            (await ReadAsync()).ExpectRefusal(AccessRefusals.TokenOver).Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Equal("expired", await StateAsync(portal, "reader"));
    }

    [Theory, BothDatabases]
    public async Task Taken_back_it_is_over_at_once_and_its_name_is_never_used_again(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var made = await portal.CreateTokenAsync("reader", "read");
        using var browser = await portal.OperatorAsync();
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: made.Text("token"))).Expect(200);
        var done = (await browser.SubmitAsync("/admin/tokens", "/admin/token-revoke")).Expect(303);
        Assert.Contains(
            "reader was taken back",
            Markup.Text((await browser.OpenAsync(done.Location!)).Expect(200).Body),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "was taken back",
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: made.Text("token")))
                .ExpectRefusal(AccessRefusals.TokenOver)
                .Text("detail"),
            StringComparison.Ordinal
        );
        (await portal.AdminPostAsync("/admin/token-revoke", new { token_sid = made.Text("sid") })).Expect(200);
        (
            await portal.AdminPostAsync("/admin/token-revoke", new { token_sid = Conventions.Route.UnknownSid })
        ).ExpectRefusal(Refusals.NotFound);
        (await portal.AdminPostAsync("/admin/token-create", new { name = "reader", scopes = "read" })).ExpectRefusal(
            AccessRefusals.TokenNameTaken
        );
        Assert.Equal("operator:Neema", (await RowAsync(portal, "reader")).GetProperty("revoked_by").GetString());
        Assert.Equal(
            ["operator:Neema reader", "machine:admin-secret reader"],
            await portal.AuditOfAsync("token.revoke")
        );
    }

    [Theory, BothDatabases]
    public async Task Its_last_use_is_noted_at_most_every_five_minutes(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var token = (await portal.CreateTokenAsync("reader", "read")).Text("token");
        async Task<DateTimeOffset?> UsedAsync()
        {
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: token)).Expect(200);
            return await portal.ReadAsync(d => d.MachineTokens.Select(t => t.LastUsedAt).SingleAsync());
        }
        Assert.Null(await portal.ReadAsync(d => d.MachineTokens.Select(t => t.LastUsedAt).SingleAsync()));
        var first = portal.Now;
        Assert.Equal(first, await UsedAsync());
        portal.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(first, await UsedAsync());
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(portal.Now, await UsedAsync());
        Assert.Empty(await portal.AuditOfAsync("token.touch"));
    }

    [Fact]
    public async Task An_unknown_one_is_a_wrong_secret_with_its_limit_and_a_good_one_still_works()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var token = (await portal.CreateTokenAsync("reader", "read")).Text("token");
        foreach (
            var wrong in new[]
            {
                "hmt_",
                token[..^1],
                token + "x",
                token[..^1] + (token[^1] == 'A' ? 'E' : 'A'),
                "HMT_" + token[4..],
            }
        )
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: wrong)).ExpectRefusal(
                AccessRefusals.AdminSecretWrong
            );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: token[..^1])).ExpectRefusal(
            Refusals.RateLimited
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-users", secret: token)).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task The_form_answers_with_the_token_and_sent_again_makes_no_second_one(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var browser = await portal.OperatorAsync();
        var form = Markup
            .Forms((await browser.OpenAsync("/admin/tokens")).Expect(200).Body)
            .Single(f => f.Contains("/admin/token-create", StringComparison.Ordinal));
        var fields = new[] { "idempotency_key", "__RequestVerificationToken", "days" }.ToDictionary(
            n => n,
            n =>
                System
                    .Text.RegularExpressions.Regex.Match(form, $"name=\"{n}\"[^>]* value=\"([^\"]*)\"")
                    .Groups[1]
                    .Value
        );
        (fields["name"], fields["scopes"], fields["node_id"]) = ("node-7", "tick", "node-7");
        var shown = (await browser.PostFormAsync("/admin/token-create", fields)).Expect(200);
        Assert.Equal("no-store", shown.Response.Headers.CacheControl?.ToString());
        var token = System.Text.RegularExpressions.Regex.Match(shown.Body, "hmt_[A-Za-z0-9_-]{43}").Value;
        (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now", new { }, token)).Expect(200);
        var again = (await browser.PostFormAsync("/admin/token-create", fields)).Expect(200);
        Assert.Contains("was shown already", again.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("hmt_", again.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(
            token[4..],
            string.Join('\n', (await portal.DumpAsync()).Select(t => t.Value)),
            StringComparison.Ordinal
        );
        var row = Assert.Single(await portal.ReadAsync(d => d.MachineTokens.ToListAsync()));
        Assert.Equal(("tick usage:node-7", portal.Now.AddDays(90)), (row.Scopes, row.ExpiresAt));
        fields["name"] = "Not A Name";
        fields["idempotency_key"] = "another";
        Assert.Equal(
            "/admin/tokens?refused=token.incomplete",
            (await browser.PostFormAsync("/admin/token-create", fields)).Expect(303).Location
        );
    }

    [Fact]
    public async Task What_is_not_right_makes_none()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        object[] bodies =
        [
            new { name = "Upper", scopes = "read" },
            new { name = "-a", scopes = "read" },
            new { scopes = "read" },
            new { name = "a" },
            new { name = "a", scopes = "everything" },
            new { name = "a", scopes = "read usage:" },
            new
            {
                name = "a",
                scopes = "read",
                node_id = "Node 7",
            },
            new
            {
                name = "a",
                scopes = "read",
                days = 0,
            },
            new
            {
                name = "a",
                scopes = "read",
                days = 731,
            },
        ];
        foreach (var body in bodies)
            (await portal.AdminPostAsync("/admin/token-create", body)).ExpectRefusal(AccessRefusals.TokenIncomplete);
        Assert.Equal(0, await portal.ReadAsync(d => d.MachineTokens.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task The_database_keeps_names_and_hashes_apart(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        const string insert =
            "INSERT INTO machine_tokens (sid, name, token_hash, scopes, created_at, created_by, expires_at) VALUES "
            + "({0}, {1}, {2}, 'read', 1, 'x', 2)";
        await portal.AcceptsAsync(insert, "1", "a", "h1");
        await portal.RefusesAsync(Breach.Duplicate, "name", insert, "2", "a", "h2");
        await portal.RefusesAsync(Breach.Duplicate, "token_hash", insert, "2", "b", "h1");
        await portal.RefusesAsync(
            Breach.Check,
            "ck_operators_role",
            "INSERT INTO operators (forge_id, role, added_at, added_by) VALUES ('1', 'king', 1, 'x')"
        );
    }

    [Fact]
    public async Task The_list_narrows_and_walks()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        for (var n = 0; n < 5; n++)
            await portal.CreateTokenAsync($"t-{n}", n % 2 == 0 ? "read" : "tick", days: n + 1);
        Assert.Equal(["t-4", "t-3", "t-2", "t-1", "t-0"], await portal.WalkAsync("/admin/list-tokens", "name", 2));
        Assert.Equal(
            ["t-0", "t-1", "t-2", "t-3", "t-4"],
            await portal.WalkAsync("/admin/list-tokens?sort=expires", "name", 2)
        );
        Assert.Equal(["t-3", "t-1"], await portal.WalkAsync("/admin/list-tokens?q=TICK", "name", 2));
        portal.Clock.Advance(TimeSpan.FromDays(2.5));
        Assert.Equal(["t-1", "t-0"], await portal.WalkAsync("/admin/list-tokens?state=expired", "name", 2));
        Assert.Equal(["t-4", "t-3", "t-2"], await portal.WalkAsync("/admin/list-tokens?state=live", "name", 2));
        Assert.Empty(await portal.WalkAsync("/admin/list-tokens?state=revoked", "name", 2));
    }

    private static async Task<JsonElement> RowAsync(Portal portal, string name) =>
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-tokens"))
            .Expect(200)
            .Json.GetProperty("rows")
            .EnumerateArray()
            .Single(t => t.GetProperty("name").GetString() == name);

    private static async Task<string?> StateAsync(Portal portal, string name) =>
        (await RowAsync(portal, name)).GetProperty("state").GetString();
}

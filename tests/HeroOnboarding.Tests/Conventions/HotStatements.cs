using System.Data.Common;
using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Plans of the frequent statements, as approved text in <c>Plans/</c>, on a store with 10,000 machines and leases. The
/// statements are those that the running portal sends. Written with PostgreSQL 15; <c>UPDATE_DOCS=1</c> writes them
/// anew.
/// </summary>
public sealed class HotStatements
{
    [Theory, BothDatabases]
    public async Task Run_as_approved(Db db)
    {
        await using var portal = await Portal.StartAsync(db, "[]", ownSchema: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await FillAsync(portal);
        await using var connection = portal.Database.OpenWrite();
        using var tap = new StatementTap(connection.Database.GetDbConnection());
        var approval = new Approval(db, connection, tap);
        await ApproveLeaseAsync(approval, portal, asha);
        await ApproveDashboardAsync(approval, asha);
        await ApproveOperatorsAsync(approval, portal);
        await connection.Database.ExecuteSqlRawAsync("UPDATE pool_vms SET listed = false");
        await tap.HearAsync(async () => (await asha.Browser.OpenAsync("/plans")).Expect(200));
        await approval.OfAsync("usual-wait", "vm_allocations", "SELECT", "erased_at", "LIMIT");
    }

    private static async Task ApproveLeaseAsync(Approval approval, Portal portal, Customer asha)
    {
        var lease = "";
        await approval.Tap.HearAsync(async () => lease = (await asha.AllocateAsync()).Expect(201).Text("sid"));
        await approval.OfAsync("claim", "pool_vms", "UPDATE pool_vms", "RETURNING");
        await approval.OfAsync("take-slot", "purchases", "UPDATE purchases", "vm_count");
        await approval.OfAsync("recent-hand-outs", "vm_allocations", "COUNT(*)", "vm_allocations", "purchase_sid");
        await approval.OfAsync("session", "sessions", "sessions", "id_hash", "JOIN");
        await approval.OfAsync("rate-limit", "rates", "INSERT INTO rates");
        await approval.Tap.HearAsync(async () => (await asha.ReleaseAsync(lease)).Expect(200));
        await approval.OfAsync("release", "vm_allocations", "UPDATE vm_allocations", "RETURNING");
        await approval.OfAsync("free-machine", "pool_vms", "UPDATE pool_vms", "free_since");
        await approval.Tap.HearAsync(portal.DeliverAsync);
        await approval.OfAsync("outbox-due", "outbox", "SELECT", "outbox", "due_at", "LIMIT");
    }

    private static async Task ApproveDashboardAsync(Approval approval, Customer asha)
    {
        await approval.Tap.HearAsync(async () => (await asha.Browser.OpenAsync("/dashboard")).Expect(200));
        await approval.OfAsync("plan-notice", "purchases", "SELECT", "FROM purchases WHERE account_sid = $1 AND (");
        await approval.OfAsync(
            "journey",
            "(accounts|pool_vms|purchases|purchase_intents|vm_allocations|kyc_sessions|payment_intents)",
            "SELECT",
            "payment_intents",
            "pool_vms"
        );
        await approval.OfAsync(
            "machines-of-a-customer",
            "vm_allocations",
            "SELECT",
            "FROM vm_allocations",
            "user_sid = $1 AND status"
        );
        await approval.OfAsync(
            "allocations-of-a-customer",
            "vm_allocations",
            "SELECT",
            "FROM vm_allocations",
            "LIMIT 64"
        );
        await approval.OfAsync("statement", "(transfers|receipts|purchases)", "SELECT", "FROM transfers");
    }

    private static async Task ApproveOperatorsAsync(Approval approval, Portal portal)
    {
        await approval.Tap.HearAsync(async () =>
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-allocations")).Expect(200)
        );
        await approval.OfAsync("list-allocations", "vm_allocations", "SELECT", "vm_allocations", "LIMIT");
        await approval.Tap.HearAsync(async () =>
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-pool")).Expect(200)
        );
        await approval.OfAsync("list-pool", "pool_vms", "SELECT", "pool_vms", "LIMIT");
        await approval.Tap.HearAsync(async () =>
            (await portal.AdminAsync(HttpMethod.Get, "/admin/list-audit?actor=customer:a17")).Expect(200)
        );
        await approval.OfAsync("audit-of-an-actor", "audit", "SELECT", "audit", "LIMIT");
        await approval.Tap.HearAsync(async () =>
            (await portal.AdminAsync(HttpMethod.Post, "/admin/auto-release-now")).Expect(200)
        );
        await approval.OfAsync(
            "expired-leases",
            "vm_allocations",
            "SELECT",
            "vm_allocations",
            "expires_at <",
            "purchases"
        );
    }

    [Theory, BothDatabases]
    public async Task A_claim_while_machines_are_probed_runs_as_approved(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            "[]",
            new Dictionary<string, string?> { ["PROBE"] = "tcp" }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        await FillAsync(portal, analyze: false);
        await using var connection = portal.Database.OpenWrite();
        await connection.Database.ExecuteSqlRawAsync(
            "UPDATE pool_vms SET proven = true, probe_good_at = {0}",
            Instants.ToMicros(portal.Now)
        );
        await connection.Database.ExecuteSqlRawAsync("ANALYZE");
        using var tap = new StatementTap(connection.Database.GetDbConnection());
        await tap.HearAsync(async () => (await asha.AllocateAsync()).Expect(201));
        await new Approval(db, connection, tap).OfAsync("claim-proven", "pool_vms", "UPDATE pool_vms", "RETURNING");
    }

    [Theory, BothDatabases]
    public async Task The_assertion_sees_a_claim_without_its_index(Db db)
    {
        await using var portal = await Portal.StartAsync(db, "[]", ownSchema: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await FillAsync(portal);
        await using var connection = portal.Database.OpenWrite();
        using var tap = new StatementTap(connection.Database.GetDbConnection());
        await tap.HearAsync(async () => (await asha.AllocateAsync()).Expect(201));
        var statement = tap.Find("UPDATE pool_vms", "RETURNING");
        await connection.Database.ExecuteSqlRawAsync("DROP INDEX ix_pool_vms_claimable");
        var claim = await ExplainAsync(
            connection,
            statement with
            {
                Sql = statement.Sql.Replace(" INDEXED BY ix_pool_vms_claimable", "", StringComparison.Ordinal),
            }
        );
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertNarrow(claim, "pool_vms"));
    }

    [Theory, BothDatabases]
    public async Task A_claim_is_narrow_too_where_nobody_ever_gathered_statistics(Db db)
    {
        await using var portal = await Portal.StartAsync(db, "[]", ownSchema: true);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await FillAsync(portal, analyze: false);
        await using var connection = portal.Database.OpenWrite();
        using var tap = new StatementTap(connection.Database.GetDbConnection());
        await tap.HearAsync(async () => (await asha.AllocateAsync()).Expect(201));
        AssertNarrow(await ExplainAsync(connection, tap.Find("UPDATE pool_vms", "RETURNING")), "pool_vms");
    }

    /// <summary>
    /// No scan of a whole table, and no sort; a few rows of one customer may be sorted after an index has found them.
    /// </summary>
    private static void AssertNarrow(string plan, string table)
    {
        Assert.DoesNotMatch($@"Seq Scan on {table}\b", plan);
        // SQLite also scans what a subquery has found and limited before.
        Assert.DoesNotMatch(@"SCAN (?!(found|t)\b)\w+\b(?! USING)", plan);
        if (
            !plan.Contains("Index Cond: (user_sid = ?", StringComparison.Ordinal)
            && !plan.Contains("Index Cond: (subject = ?", StringComparison.Ordinal)
            && !plan.Contains("Index Cond: (debit = ?", StringComparison.Ordinal)
        )
            Assert.DoesNotMatch(@"TEMP B-TREE|\bSort\b", plan);
    }

    private static async Task<string> ExplainAsync(DbContext db, Statement statement)
    {
        var connection = db.Database.GetDbConnection();
        await db.Database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        var sqlite = connection.GetType().Name == "SqliteConnection";
        command.CommandText = (sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN (COSTS OFF) ") + statement.Sql;
        foreach (var (name, value) in statement.Parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        var depths = new Dictionary<long, int> { [0] = 0 };
        while (await reader.ReadAsync())
            lines.Add(sqlite ? Indented(reader, depths) : reader.GetString(0));
        // The plan contains the values of the parameters, which differ at every run.
        var plan = statement
            .Parameters.OrderByDescending(p => $"{p.Value}".Length)
            .Aggregate(
                string.Join('\n', lines),
                (text, p) => Regex.Replace(text, $@"'?(?<![\w.]){Regex.Escape($"{p.Value}")}(?![\w.])'?", "?")
            );
        // A captured variable's parameter is named after the compiler's closure, which differs between Debug and
        // Release.
        return Regex.Replace($"{statement.Sql.ReplaceLineEndings("\n").Trim()}\n\n{plan}", @"@_\d+__locals\d+_", "@");
    }

    private static string Indented(DbDataReader reader, Dictionary<long, int> depths)
    {
        var depth = depths[reader.GetInt64(0)] = depths[reader.GetInt64(1)] + 1;
        return new string(' ', (depth - 1) * 2) + reader.GetString(3);
    }

    /// <summary>
    /// 10,000 machines, 5,000 customers with 10,000 leases, half of them over; sessions and messages in proportion.
    /// </summary>
    private static async Task FillAsync(Portal portal, bool analyze = true)
    {
        await using var db = portal.Database.OpenWrite();
        var series =
            portal.Db == Db.Sqlite
                ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
                : "WITH n(i) AS (SELECT generate_series(1, 10000))";
        var year = Instants.ToMicros(portal.Now.AddYears(1));
        foreach (var sql in Filling(year))
            await db.Database.ExecuteSqlRawAsync(
                sql.Insert(sql.IndexOf("SELECT", StringComparison.Ordinal), series + " ")
            );
        if (analyze)
            await db.Database.ExecuteSqlRawAsync("ANALYZE");
    }

    private static IEnumerable<string> Filling(long later) =>
        [
            "INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, kyc_status, balance, created_at, "
                + "last_sign_in_at) SELECT 'a' || i, 'https://forge.test', 'f' || i, 'login' || i, 'completed', 0, "
                + "i, i FROM n WHERE i <= 5000",
            "INSERT INTO sessions (id_hash, kind, account_sid, created_at, last_seen_at, expires_at) SELECT 'h' || "
                + $"i, 'customer', 'a' || i, i, i, {later} FROM n WHERE i <= 5000",
            "INSERT INTO purchases (sid, account_sid, plan_id, price, vm_count, used, state, started_at, period_end) "
                + $"SELECT 'p' || i, 'a' || i, 'vms-5', 1, 5, 1, 'active', i, {later} FROM n WHERE i <= 5000",
            "INSERT INTO pool_vms (id, listed, status, condition, allocation_sid, lease_number, free_since, "
                + "created_at) SELECT 'm' || i, true, 'available', 'clean', CASE WHEN i <= 5000 THEN 'l' || i END, "
                + "1, i, i FROM n",
            "INSERT INTO vm_allocations (sid, user_sid, purchase_sid, plan_id, provisioner, pool_vm_id, "
                + "lease_number, status, cost, created_at, expires_at) SELECT 'l' || i, 'a' || ((i - 1) % 5000 + "
                + "1), 'p' || ((i - 1) % 5000 + 1), 'vms-5', 'pool', 'm' || i, 1, CASE WHEN i <= 5000 THEN "
                + $"'Active' ELSE 'Released' END, 1, i, {later} FROM n",
            "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck, done_at) SELECT 'o' || "
                + $"i, 'deployer.assign', 'k' || i, '{{{{}}}}', i, i, 1, false, CASE WHEN i <= 9900 THEN i END FROM "
                + "n WHERE i <= 9900",
            "INSERT INTO purchase_intents (sid, account_sid, plan_id, price, state, created_at, expires_at) SELECT "
                + $"'i' || i, 'a' || ((i - 1) % 5000 + 1), 'vms-5', 1, 'done', i, {later} FROM n",
            "INSERT INTO kyc_sessions (sid, account_sid, provider, client_id, state, needs_review, created_at) "
                + "SELECT 'k' || i, 'a' || ((i - 1) % 5000 + 1), 'idenfy', 'c' || i, 'failed', false, i FROM n",
            "INSERT INTO payment_intents (sid, account_sid, provider, amount, currency, live, state, created_at) "
                + "SELECT 'y' || i, 'a' || ((i - 1) % 5000 + 1), 'stripe', 1, 'USD', false, 'credited', i FROM n",
            "INSERT INTO transfers (sid, debit, credit, amount, kind, reference, actor, created_at) SELECT 't' || i, "
                + "'stripe', 'account:a' || ((i - 1) % 5000 + 1), 1, 'top_up', 'r' || i, 'stripe', i FROM n",
            "INSERT INTO receipts (number, year, seq, transfer_sid, account_sid, account_name, issued_at) SELECT 'n' "
                + "|| i, 2020, i, 't' || i, 'a' || ((i - 1) % 5000 + 1), 'login', i FROM n",
            "INSERT INTO audit (sid, at, act, actor_kind, actor_id, subject) SELECT 'u' || i, i, 'vm.allocate', "
                + "'customer', 'a' || (i % 5000 + 1), 'a' || (i % 5000 + 1) FROM n",
        ];

    /// <summary>Compares the plans of heard statements with those in <c>Plans/</c>.</summary>
    private sealed record Approval(Db Db, DbContext Connection, StatementTap Tap)
    {
        /// <param name="table">Must not be read as a whole.</param>
        /// <param name="words">Of the statement.</param>
        public async Task OfAsync(string name, string table, params string[] words)
        {
            var plan = await ExplainAsync(Connection, Tap.Find(words));
            var database = Db == Support.Db.Sqlite ? "sqlite" : "postgresql";
            await Source.MatchesAsync($"tests/HeroOnboarding.Tests/Conventions/Plans/{name}.{database}.txt", plan);
            AssertNarrow(plan, table);
        }
    }
}

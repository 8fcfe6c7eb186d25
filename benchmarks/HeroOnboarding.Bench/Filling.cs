using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Bench;

/// <summary>
/// Fills a store with customers that have a session and a plan, with machines, and optionally with a history.
/// </summary>
internal static class Filling
{
    /// <summary>
    /// Enough customers that no history grows long during a run: the product allows a few hand-outs per customer and
    /// day, not thousands.
    /// </summary>
    public const int Customers = 2048;

    public static string Account(int n) => $"BENCHACCOUNT{n:00000000000000}";

    /// <summary>The sid of the ended lease number <paramref name="n"/>.</summary>
    public static string LeaseSid(int n) => $"{n:00000000000000000000000000}";

    /// <summary>The secret in the cookie of customer <paramref name="n"/>.</summary>
    public static string Token(int n) => $"bench-session-of-customer-number-{n:0000000000}";

    /// <param name="machines">All listed and clean.</param>
    /// <param name="history">Ended leases, spread over machines and customers.</param>
    /// <param name="people">The number of further accounts, of notices and of audit rows.</param>
    public static async Task FillAsync(Database database, int machines, int history, int people = 0)
    {
        await using var db = database.OpenWrite();
        db.Database.SetCommandTimeout(TimeSpan.FromMinutes(20));
        await using (var transaction = await db.Database.BeginTransactionAsync())
        {
            var now = Instants.ToMicros(TimeProvider.System.Now());
            foreach (
                var (rows, sql) in Statements(machines, history, now, now + (30L * 24 * 3600 * 1_000_000))
                    .Concat(Around(people, now))
            )
                if (rows > 0)
                    await db.Database.ExecuteSqlRawAsync(
                        sql.Insert(sql.IndexOf("SELECT", StringComparison.Ordinal), Series(database, rows))
                    );
            for (var n = 1; n <= Customers; n++)
                await db.Database.ExecuteSqlRawAsync(
                    "INSERT INTO sessions (id_hash, kind, account_sid, created_at, last_seen_at, expires_at) VALUES "
                        + "({0}, 'customer', {1}, {2}, {2}, {3})",
                    Secrets.Hash(Token(n)),
                    Account(n),
                    now,
                    now + (24L * 3600 * 1_000_000)
                );
            await transaction.CommitAsync();
        }
        await db.Database.ExecuteSqlRawAsync("ANALYZE");
    }

    private static string Series(Database database, int rows) =>
        database.Name == "sqlite"
            ? $"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) "
            : $"WITH n(i) AS (SELECT generate_series(1, {rows})) ";

    private static IEnumerable<(int Rows, string Sql)> Statements(int machines, int history, long now, long later)
    {
        var account = $"substr('BENCHACCOUNT00000000000000', 1, 26 - length({{0}}::text)) || {{0}}";
        string AccountOf(string n) =>
            account
                .Replace("{0}::text", $"CAST({n} AS text)", StringComparison.Ordinal)
                .Replace("{0}", $"CAST({n} AS text)", StringComparison.Ordinal);
        yield return (
            Customers,
            "INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, kyc_status, balance, "
                + $"created_at, last_sign_in_at) SELECT {AccountOf("i")}, 'https://forge.bench', 'f' || i, "
                + $"'login' || i, 'completed', 0, {now}, {now} FROM n"
        );
        yield return (
            Customers,
            "INSERT INTO purchases (sid, account_sid, plan_id, price, vm_count, used, state, started_at, "
                + $"period_end) SELECT 'P' || i, {AccountOf("i")}, 'vms-5', 5000000, 5, 0, 'active', {now}, "
                + $"{later} FROM n"
        );
        yield return (
            machines,
            "INSERT INTO pool_vms (id, listed, status, condition, lease_number, free_since, created_at, address, "
                + "cockpit_url) SELECT 'vm-' || i, true, 'available', 'clean', "
                + $"{(history + machines - 1) / Math.Max(machines, 1)}, {now} + i, {now}, '10.0.0.1', "
                + "'https://cockpit.bench/' || i FROM n"
        );
        yield return (
            history,
            "INSERT INTO vm_allocations (sid, user_sid, purchase_sid, plan_id, provisioner, pool_vm_id, "
                + "lease_number, status, cost, created_at, expires_at, released_at, release_reason, address) "
                + "SELECT substr('00000000000000000000000000', 1, 26 - length(CAST(i AS text))) || i, "
                + $"{AccountOf($"((i - 1) % {Customers} + 1)")}, 'P' || ((i - 1) % {Customers} + 1), 'vms-5', "
                + $"'pool', 'vm-' || ((i - 1) % {Math.Max(machines, 1)} + 1), (i - 1) / {Math.Max(machines, 1)} "
                + $"+ 1, 'Released', 1000000, {now - (48L * 3600 * 1_000_000)} + i, {later}, "
                + $"{now - (24L * 3600 * 1_000_000)} + i, 'customer', '10.0.0.1' FROM n"
        );
    }

    /// <summary>
    /// The other rows of a store after years: a few pending notices, a few machines that are being erased, and one rare
    /// kind of act.
    /// </summary>
    private static IEnumerable<(int Rows, string Sql)> Around(int people, long now)
    {
        yield return (
            people,
            "INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, kyc_status, balance, created_at, "
                + "last_sign_in_at) SELECT 'PAST' || (1000000000 + i), 'https://forge.bench', 'p' || i, 'past' || "
                + $"i, 'completed', CAST(i AS bigint) * 7919 % 1000003 * 10000, {now} - i, {now} - i FROM n"
        );
        yield return (
            people,
            "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck, done_at) SELECT 'PAST' "
                + $"|| (1000000000 + i), 'past.notice', 'k' || i, '{{{{}}}}', {now} - i, {now} + 3600000000 - i, 1, "
                + $"false, CASE WHEN i % 10000 = 0 THEN NULL ELSE {now} END FROM n"
        );
        yield return (
            people,
            $"INSERT INTO audit (sid, at, act, actor_kind, actor_id) SELECT 'PAST' || (1000000000 + i), {now} - i, "
                + "CASE WHEN i % 10000 = 0 THEN 'pool.refresh' ELSE 'vm.allocate' END, 'system', 'past' FROM n"
        );
        if (people > 0)
            yield return (1, "UPDATE pool_vms SET condition = 'recycling' FROM (SELECT 1) one WHERE id LIKE 'vm-%77'");
    }
}

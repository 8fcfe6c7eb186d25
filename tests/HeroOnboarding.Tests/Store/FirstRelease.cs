using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// A store as the first release left it: its schema by the first migration, its rows by SQL, never by today's code. A
/// table that comes with a later migration needs no rows here, but then says so in the test that counts them.
/// </summary>
internal static class FirstRelease
{
    /// <summary>Tables that came with later releases; nothing of the first can be in them.</summary>
    public static readonly string[] CameLater =
    [
        "alarms",
        "kyc_sessions",
        "login_challenges",
        "machine_tokens",
        "operators",
        "payment_events",
        "payment_intents",
        "pool_applied",
        "pool_samples",
        "purchase_intents",
        "receipt_counters",
        "receipts",
        "suspense_items",
        "webhook_calls",
    ];

    public const string Account = "01JDDDDDDDDDDDDDDDDDDDDDD1";
    public const string Lease = "01JDDDDDDDDDDDDDDDDDDDDDD2";
    public const string Token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP1";

    /// <returns>The setting that opens it.</returns>
    public static async Task<(string Name, string Value)> MakeAsync(Db db)
    {
        var (name, value) =
            db == Db.Sqlite
                ? ("DATA_DIR", Directory.CreateTempSubdirectory("hero-first-").FullName)
                : ("DATABASE_URL", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(migrated: false));
        await WithAsync(
            name,
            value,
            async database =>
            {
                await using var write = database.OpenWrite();
                var first = write.Database.GetMigrations().First();
                Assert.EndsWith("_First", first, StringComparison.Ordinal);
                await write.GetService<IMigrator>().MigrateAsync(first);
                foreach (var sql in Rows)
                    await write.Database.ExecuteSqlRawAsync(
                        sql.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal)
                    );
            }
        );
        return (name, value);
    }

    public static async Task WithAsync(string name, string value, Func<Database, Task> use)
    {
        await using var database = Database.Open(
            AllOptions.Load(new Dictionary<string, string?> { [name] = value }).Get<StoreOptions>(),
            PortalModel.Rows
        );
        await use(database);
    }

    public static async Task RemoveAsync(Db db, string value)
    {
        if (db == Db.Postgres)
            await (await PostgresServer.SharedAsync()).DropDatabaseAsync(value);
        else
            Directory.Delete(value, recursive: true);
    }

    private static long Micros(int days) => Instants.ToMicros(DateTimeOffset.UtcNow.AddDays(days));

    /// <summary>A customer in the middle of a plan with one machine of two, and everything around it.</summary>
    private static IEnumerable<string> Rows =>
        [
            "INSERT INTO accounts (sid, forge_issuer, forge_id, forge_login, kyc_status, kyc_verified_at, balance, "
                + $"created_at, last_sign_in_at) VALUES ('{Account}', 'https://forge.test', '7', 'asha', "
                + $"'completed', {Micros(-9)}, 5000000, {Micros(-9)}, {Micros(-1)})",
            "INSERT INTO sessions (id_hash, kind, account_sid, created_at, last_seen_at, expires_at, device) VALUES "
                + $"('{Secrets.Hash(Token)}', 'customer', '{Account}', {Micros(-1)}, {Micros(0)}, {Micros(9)}, 'a "
                + "browser')",
            "INSERT INTO transfers (sid, debit, credit, amount, kind, reference, reason, actor, created_at) VALUES "
                + $"('t1', 'adjustment', 'customer:{Account}', 15000000, 'operator_credit', 'r1', 'welcome', "
                + $"'machine:admin-secret', {Micros(-9)}), ('t2', 'customer:{Account}', 'revenue', 10000000, "
                + $"'plan_purchase', 'p1', NULL, 'customer:{Account}', {Micros(-8)})",
            "INSERT INTO purchases (sid, account_sid, plan_id, price, vm_count, used, state, started_at, period_end) "
                + $"VALUES ('p1', '{Account}', 'vms-5', 10000000, 5, 1, 'active', {Micros(-8)}, {Micros(22)})",
            "INSERT INTO pool_vms (id, listed, status, condition, allocation_sid, lease_number, free_since, address, "
                + $"cockpit_url, created_at) VALUES ('vm-0001', true, 'available', 'clean', '{Lease}', 3, 1, "
                + "'10.0.0.1', 'https://vm-0001.example.org/', 1), ('vm-0002', true, 'available', 'clean', NULL, "
                + "0, 2, '10.0.0.2', NULL, 1)",
            "INSERT INTO vm_allocations (sid, user_sid, purchase_sid, plan_id, provisioner, pool_vm_id, "
                + $"lease_number, status, address, cost, created_at, expires_at) VALUES ('{Lease}', '{Account}', "
                + $"'p1', 'vms-5', 'pool', 'vm-0001', 3, 'Active', '10.0.0.1', 2000000, {Micros(-7)}, {Micros(22)})",
            "INSERT INTO pool_refreshes (sid, at, actor, source, prev_size, size, added, removed, changed, kept, "
                + $"wiped) VALUES ('f1', {Micros(-9)}, 'system:start', 'start', 0, 2, 2, 0, 0, 0, 0)",
            "INSERT INTO pool_staging (refresh_sid, id, status) VALUES ('00000000000000000000000000', 'vm-0001', "
                + "'available')",
            "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck) VALUES ('o1', "
                + "'deployer.assign', 'vm-0001:3', "
                + $"'{{\"pool_vm_id\":\"vm-0001\",\"allocation_sid\":\"{Lease}\",\"lease_number\":3,"
                + "\"expires_at\":\"2026-12-24T00:00:00Z\"}', "
                + $"{Micros(-7)}, {Micros(-7)}, 0, false)",
            $"INSERT INTO jobs (name, next_due_at, last_ok, last_report) VALUES ('store.prune', {Micros(0)}, true, "
                + "'fine')",
            "INSERT INTO job_runs (sid, name, started_at, finished_at, ok, report) VALUES ('j1', 'store.prune', "
                + $"{Micros(-1)}, {Micros(-1)}, true, 'fine')",
            $"INSERT INTO audit (sid, at, act, actor_kind, actor_id, subject, detail) VALUES ('a1', {Micros(-8)}, "
                + $"'plan.buy', 'customer', '{Account}', '{Account}', '{{}}')",
            $"INSERT INTO idempotency (caller, key, fingerprint, answer, created_at) VALUES ('customer:{Account}', "
                + $"'k', 'f', '{{}}', {Micros(0)})",
            $"INSERT INTO rates (key, window_start, count) VALUES ('vm.allocate:{Account}', {Micros(-1)}, 1)",
            "INSERT INTO meta (key, value) VALUES ('pool.kind', 'real'), ('pool.applied', 'an older text')",
            "INSERT INTO data_protection_keys (name, xml) VALUES ('key-1', '<key "
                + "id=\"c5b5c7a4-6d0e-4d0a-9d57-6f7d0d2b6a11\" "
                + "version=\"1\"><creationDate>2026-01-01T00:00:00Z</creationDate>"
                + "<activationDate>2026-01-01T00:00:00Z</activationDate>"
                + "<expirationDate>2026-04-01T00:00:00Z</expirationDate><descriptor "
                + "/></key>')",
        ];
}

using System.Collections.Concurrent;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// <c>migrate</c> on a PostgreSQL database from which instances serve: no time limit, indexes without stopping writes,
/// every step repeatable.
/// </summary>
public sealed class MigratingOnline
{
    private const string IndexesSql =
        "SELECT string_agg(indexdef, E'\\n' ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'public'";

    private const string WaitingSql =
        "SELECT count(*) FROM pg_stat_activity "
        + "WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ";

    /// <summary>Other databases of the server have locks of their own.</summary>
    private const string AdvisorySql =
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        + "WHERE l.locktype = 'advisory' AND d.datname = current_database()";

    private const string InvalidSql = "SELECT count(*) FROM pg_index WHERE NOT indisvalid";

    private readonly ConcurrentQueue<string> lines = new();

    [Fact]
    public async Task An_index_is_built_beside_writes_and_an_aborted_build_is_repeated()
    {
        var (name, url) = await FirstRelease.MakeAsync(Db.Postgres);
        await using (var writer = await OpenAsync(url))
        await using (var other = await OpenAsync(url))
        {
            await LimitNewConnectionsAsync(other);
            await writer.RunAsync("BEGIN; UPDATE outbox SET attempts = attempts");
            using var abort = new CancellationTokenSource();
            // The build waits for that transaction, for longer than the limits of connection string and database.
            var migrate = MigrateAsync(name, url + ";Command Timeout=1", abort.Token);
            await other.WaitForAsync(
                WaitingSql + "'CREATE INDEX CONCURRENTLY%outbox%' AND now() - query_start > interval '2 seconds'",
                "1"
            );
            Assert.Equal("1", await other.TextAsync(AdvisorySql));
            await other.RunAsync(
                "SET lock_timeout = '5s'; "
                    + "INSERT INTO outbox (sid, kind, key, body, created_at, due_at, attempts, stuck) "
                    + "VALUES ('o2', 'k', 'k', '', 1, 1, 0, false)"
            );
            await Hanging.WaitAsync("a line of progress", () => Task.FromResult(lines.Any(IsProgress)));
            await abort.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => migrate);
            Assert.Equal("1", await other.TextAsync(InvalidSql));
            await writer.RunAsync("COMMIT");
            await MigrateAsync(name, url);
            Assert.Equal("0", await other.TextAsync(InvalidSql));
            Assert.Equal(await IndexesOfEntityFrameworkAsync(), await other.TextAsync(IndexesSql));
            Assert.Contains(lines, l => l.Contains("_MachinesAndPlans (2 of ", StringComparison.Ordinal));
            // The aborted one is begun twice and ends once.
            var begun = lines.Where(l => l.StartsWith("Building index ", StringComparison.Ordinal)).ToList();
            var names = begun.Select(l => l.Split(' ')[2]).Distinct().ToList();
            Assert.Contains("ix_outbox_waiting", names);
            Assert.Equal(names.Count + 1, begun.Count);
            Assert.Equal(names.Count, lines.Count(l => l.StartsWith("Built in ", StringComparison.Ordinal)));
        }
        await FirstRelease.RemoveAsync(Db.Postgres, url);
    }

    [Fact]
    public async Task A_table_in_use_is_tried_again_and_everybody_behind_it_goes_on()
    {
        var (name, url) = await FirstRelease.MakeAsync(Db.Postgres);
        await using (var writer = await OpenAsync(url))
        await using (var other = await OpenAsync(url))
        {
            await writer.RunAsync("BEGIN; UPDATE accounts SET balance = balance");
            var migrate = MigrateAsync(name, url);
            await other.WaitForAsync(WaitingSql + "'ALTER TABLE%'", "1");
            // Waits behind ALTER TABLE; that gives up, and this is served while the first transaction is still open.
            await other.RunAsync("SELECT count(*) FROM accounts");
            Assert.False(migrate.IsCompleted);
            await writer.RunAsync("COMMIT");
            await migrate;
            Assert.Contains(lines, l => l.Contains("A table is in use", StringComparison.Ordinal));
        }
        await FirstRelease.RemoveAsync(Db.Postgres, url);
    }

    [Fact]
    public async Task Two_at_once_do_it_once()
    {
        var (name, url) = await FirstRelease.MakeAsync(Db.Postgres);
        await Task.WhenAll(MigrateAsync(name, url), MigrateAsync(name, url));
        Assert.Single(lines, l => l.StartsWith("Another 'migrate' is running", StringComparison.Ordinal));
        var steps = lines.Where(l => l[0] is 'A' or 'B' && !l.StartsWith("Built", StringComparison.Ordinal)).ToList();
        Assert.Equal(steps.Distinct(), steps);
        await FirstRelease.RemoveAsync(Db.Postgres, url);
    }

    [Fact]
    public async Task A_schema_that_lacks_a_unique_index_is_not_ready_until_migrate_has_built_it()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, ownSchema: true);
        await using var other = await portal.ConnectAsync();
        await other.RunAsync("DROP INDEX ix_outbox_waiting");
        await ReadyAsync(200);
        await other.RunAsync("DROP INDEX ux_vm_allocations_live");
        await ReadyAsync(503);
        // The schema of a newer release: whether an index is missing there, this release cannot know.
        await other.RunAsync("INSERT INTO \"__EFMigrationsHistory\" VALUES ('99991231235959_Next', '10.0.0')");
        await ReadyAsync(200);
        await other.RunAsync("DELETE FROM \"__EFMigrationsHistory\" WHERE \"MigrationId\" LIKE '9999%'");
        await portal.Database.MigrateAsync(CancellationToken.None);
        await ReadyAsync(200);
        Assert.Equal(await IndexesOfEntityFrameworkAsync(), await other.TextAsync(IndexesSql));

        async Task ReadyAsync(int status) =>
            (await portal.Browser().SendAsync(HttpMethod.Get, "/health/ready")).Expect(status);
    }

    [Fact]
    public async Task An_older_version_leaves_the_schema_of_a_newer_one_alone()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, ownSchema: true);
        await using var other = await portal.ConnectAsync();
        await other.RunAsync(
            "DROP INDEX ux_vm_allocations_live; DROP INDEX ix_outbox_waiting; "
                + "INSERT INTO \"__EFMigrationsHistory\" VALUES ('99991231235959_Next', '10.0.0')"
        );
        var before = await other.TextAsync(IndexesSql);
        await portal.Database.MigrateAsync(lines.Enqueue, CancellationToken.None);
        Assert.Equal(before, await other.TextAsync(IndexesSql));
        Assert.StartsWith("A newer version has migrated", Assert.Single(lines), StringComparison.Ordinal);
    }

    /// <summary>An administrator sets it; open connections keep their old value.</summary>
    private static async Task LimitNewConnectionsAsync(NpgsqlConnection connection)
    {
        var database = await connection.TextAsync("SELECT current_database()");
        foreach (var limit in new[] { "statement_timeout", "idle_session_timeout" })
            await connection.RunAsync($"ALTER DATABASE \"{database}\" SET {limit} = '1500ms'");
    }

    private static bool IsProgress(string line) =>
        line.EndsWith(", waits for 1 transactions", StringComparison.Ordinal);

    private Task MigrateAsync(string name, string url, CancellationToken cancel = default) =>
        FirstRelease.WithAsync(
            name,
            url,
            d =>
            {
                Assert.IsType<PostgresDatabase>(d).ReportEvery = TimeSpan.FromMilliseconds(50);
                return d.MigrateAsync(lines.Enqueue, cancel);
            }
        );

    /// <summary>The schema after Entity Framework has run the migrations on a database without connections.</summary>
    private static async Task<string> IndexesOfEntityFrameworkAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var url = await server.CreateDatabaseAsync(migrated: false);
        await FirstRelease.WithAsync(
            "DATABASE_URL",
            url,
            async d =>
            {
                await using var db = d.OpenWrite();
                await db.Database.MigrateAsync();
            }
        );
        await using var read = await OpenAsync(url);
        var indexes = await read.TextAsync(IndexesSql);
        await read.CloseAsync();
        await server.DropDatabaseAsync(url);
        return indexes;
    }

    private static async Task<NpgsqlConnection> OpenAsync(string url)
    {
        var text = new NpgsqlConnectionStringBuilder(url) { Pooling = false, CommandTimeout = 60 };
        var connection = new NpgsqlConnection(text.ToString());
        await connection.OpenAsync();
        return connection;
    }
}

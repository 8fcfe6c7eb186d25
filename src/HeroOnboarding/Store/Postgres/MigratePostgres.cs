using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// Migrates a database while instances serve from it. Statements have no time limit. Each migration is one transaction
/// that waits for a table only <see cref="LockTimeout"/>, because every other statement on the table queues behind it;
/// then the migration is tried again. Indexes on tables that are in use follow (<see cref="ConcurrentIndexes"/>). Every
/// step can be repeated after an abort.
/// </summary>
/// <param name="url">A connection string of the driver.</param>
/// <param name="report">Receives a line for the operator.</param>
/// <param name="reportEvery">How often a line reports the progress of one index.</param>
internal sealed class MigratePostgres(string url, StoreModel model, Action<string> report, TimeSpan reportEvery)
{
    private const string LockTimeout = "3s";
    private const int MostTries = 200;
    private const string Lock = "SELECT pg_try_advisory_lock(hashtext('hero-onboarding migrate'))";

    /// <summary>
    /// A role or database may set limits of its own. They would end a long statement, and the idle connection that
    /// holds the lock. The names come from pg_settings, since older servers lack some of them.
    /// </summary>
    private const string LimitsSql = """
        SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN $1 ELSE '0' END, false)
        FROM pg_settings
        WHERE name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout', 'idle_session_timeout',
                       'idle_in_transaction_session_timeout')
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <exception cref="PostgresException">A table stayed in use for <see cref="MostTries"/> tries, or the database
    /// refused a statement.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        await using var alone = await OpenUnlimitedAsync();
        await WaitForOthersAsync(alone, cancel);
        await using var last = await OpenAsync();
        var known = last.Database.GetMigrations();
        if ((await last.Database.GetAppliedMigrationsAsync(cancel)).Except(known).Any())
        {
            report("A newer version has migrated this database; nothing is changed.");
            return;
        }
        var pending = (await last.Database.GetPendingMigrationsAsync(cancel)).ToList();
        foreach (var (migration, n) in pending.Select((migration, n) => (migration, n + 1)))
        {
            report($"Applying {migration} ({n} of {pending.Count}).");
            await ApplyAsync(migration, cancel);
        }
        await new ConcurrentIndexes(OpenUnlimitedAsync, report, reportEvery).BuildAsync(last, cancel);
    }

    /// <summary>
    /// Waits until no other <c>migrate</c> runs: two builds of one index would invalidate each other. The lock belongs
    /// to the connection and ends with the process. It is polled: CREATE INDEX CONCURRENTLY would wait for a statement
    /// that waits for the lock, and deadlock.
    /// </summary>
    private async Task WaitForOthersAsync(NpgsqlConnection alone, CancellationToken cancel)
    {
        for (var tries = 0; ; tries++)
        {
            await using (var command = new NpgsqlCommand(Lock, alone))
                if (await command.ExecuteScalarAsync(cancel) is true)
                    return;
            if (tries == 0)
                report("Another 'migrate' is running on this database; waiting for it to end.");
            await Task.Delay(Pause, cancel);
        }
    }

    private async Task ApplyAsync(string migration, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var db = await OpenAsync();
                await db.GetService<IMigrator>().MigrateAsync(migration, cancel);
                return;
            }
            catch (Exception e) when (attempt < MostTries && IsInUse(e))
            {
                report($"  A table is in use; nothing was changed, trying again ({attempt}).");
                await Task.Delay(Pause, cancel);
            }
        }
    }

    /// <summary>
    /// True when a lock was not granted in time, or when PostgreSQL resolved a deadlock with an instance by
    /// aborting this transaction.
    /// </summary>
    private static bool IsInUse(Exception error) =>
        Database
            .Chain(error)
            .OfType<PostgresException>()
            .Any(e => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected);

    /// <summary>
    /// Opens the connection before anything else: Entity Framework treats a database that does not exist as
    /// one to create.
    /// </summary>
    private async Task<PostgresDb> OpenAsync()
    {
        var db = new PostgresDb(
            new DbContextOptionsBuilder<PostgresDb>()
                .UseNpgsql(Text())
                .ReplaceService<IMigrationsSqlGenerator, OnlineMigrationsSql>()
                .Options,
            model
        );
        try
        {
            await db.Database.OpenConnectionAsync();
            await SetLimitsAsync((NpgsqlConnection)db.Database.GetDbConnection(), LockTimeout);
            return db;
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    private async Task<NpgsqlConnection> OpenUnlimitedAsync()
    {
        var connection = new NpgsqlConnection(Text());
        try
        {
            await connection.OpenAsync();
            await SetLimitsAsync(connection, "0");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task SetLimitsAsync(NpgsqlConnection connection, string lockTimeout)
    {
        await using var command = new NpgsqlCommand(LimitsSql, connection)
        {
            Parameters = { new() { Value = lockTimeout } },
        };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The connection string, without the driver's limit of 30 seconds per command.</summary>
    private string Text() =>
        new NpgsqlConnectionStringBuilder(url)
        {
            CommandTimeout = 0,
            Pooling = false,
            MaxAutoPrepare = 0,
        }.ToString();
}

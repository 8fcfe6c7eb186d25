using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// Brings a database up to date while instances serve from it. Statements have no time limit. Each migration is a
/// transaction of its own that waits for a table only <see cref="LockTimeout"/>, because everybody who wants the
/// table waits behind it, and is then tried again. Indexes on tables that are in use follow (<see
/// cref="ConcurrentIndexes"/>). Every step can be repeated after an abort.
/// </summary>
/// <param name="url">A connection string of the driver.</param>
/// <param name="report">Takes a line for the operator.</param>
/// <param name="reportEvery">How often a line reports the progress of one index.</param>
internal sealed class MigratePostgres(string url, StoreModel model, Action<string> report, TimeSpan reportEvery)
{
    private const string LockTimeout = "3s";
    private const int MostTries = 200;
    private const string Lock = "SELECT pg_try_advisory_lock(hashtext('hero-onboarding migrate'))";

    /// <summary>
    /// A role or database may have limits of its own. They would end a long statement in the middle, and the idle
    /// connection that holds the lock. By pg_settings, since older servers lack some of the names.
    /// </summary>
    private const string LimitsSql = """
        SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN $1 ELSE '0' END, false)
        FROM pg_settings
        WHERE name IN ('lock_timeout', 'statement_timeout', 'transaction_timeout', 'idle_session_timeout',
                       'idle_in_transaction_session_timeout')
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <exception cref="PostgresException">
    /// A table stayed in use for <see cref="MostTries"/> tries, or the database refused a statement.
    /// </exception>
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
    /// Two builds of one index would spoil each other. The lock belongs to the connection and ends with the process.
    /// Nobody waits inside a statement for it: CREATE INDEX CONCURRENTLY would wait for that statement in turn.
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
    /// A lock was not free in time, or PostgreSQL broke a deadlock with an instance by ending this transaction.
    /// </summary>
    private static bool IsInUse(Exception error) =>
        Database
            .Chain(error)
            .OfType<PostgresException>()
            .Any(e => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected);

    /// <summary>
    /// Opens the connection at once: Entity Framework takes a database that does not exist for one to be made.
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

    /// <summary>Without the driver's limit of 30 seconds.</summary>
    private string Text() =>
        new NpgsqlConnectionStringBuilder(url)
        {
            CommandTimeout = 0,
            Pooling = false,
            MaxAutoPrepare = 0,
        }.ToString();
}

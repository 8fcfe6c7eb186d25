using System.Data.Common;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Store.Sqlite;

namespace HeroOnboarding.Store;

/// <summary>
/// Everything that differs between SQLite and PostgreSQL: opening, locking, error codes, and the few statements that
/// cannot be written once for both.
/// </summary>
public abstract class Database : IAsyncDisposable
{
    public static Database Open(
        StoreOptions store,
        StoreModel model,
        TimeProvider? clock = null,
        ILogger<Database>? log = null
    )
    {
        if (store.DatabaseUrl is { } url)
            return new PostgresDatabase(url.Reveal(), model);
        var path = Path.Combine(store.DataDir, "hero-onboarding.sqlite");
        return new SqliteDatabase(path, model, clock ?? TimeProvider.System, log);
    }

    /// <summary><c>sqlite</c> or <c>postgresql</c>.</summary>
    public abstract string Name { get; }

    /// <summary>A context for one unit of work. Only <see cref="CommitQueue"/> implementations open these.</summary>
    internal abstract OnboardingDb OpenWrite();

    /// <summary>A read-only context. It never waits for writers.</summary>
    public abstract OnboardingDb Read();

    /// <summary>
    /// Reads outside any unit by statements that are parsed once (see <see cref="PreparedStatements"/>). For what every
    /// request and the busiest pages read.
    /// </summary>
    /// <param name="look">Its statements share a connection but no snapshot: each sees what is committed when it runs.
    /// It may run twice, so it changes nothing.</param>
    internal abstract Task<T> ReadAsync<T>(Func<PreparedStatements, Task<T>> look);

    /// <summary>Reads one row; see <see cref="ReadAsync{T}(Func{PreparedStatements, Task{T}})"/>.</summary>
    internal Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values) =>
        ReadAsync(look => look.ReadAsync(sql, read, values));

    /// <summary>
    /// Where units wait for a transaction. SQLite runs one at a time in order of arrival, PostgreSQL as many as it
    /// has connections for.
    /// </summary>
    internal abstract CommitQueue Commits { get; }

    /// <summary>
    /// Appended to a SELECT inside a unit to lock its rows. Empty on SQLite, which locks the whole database.
    /// </summary>
    public abstract string ForUpdate { get; }

    /// <summary>
    /// As <see cref="ForUpdate"/>, for a join: locks the rows of these tables, in the order of their names here.
    /// </summary>
    public string ForUpdateOf(string tables) => ForUpdate.Length == 0 ? "" : $"{ForUpdate} OF {tables}";

    /// <summary>
    /// Chooses the text for this database, for the few statements that cannot be written once for both.
    /// </summary>
    internal abstract string Dialect(string sqlite, string postgresql);

    /// <summary>
    /// Appended to a SELECT inside a unit that skips rows which another transaction has locked. It never waits, so it
    /// cannot be part of a deadlock. Empty on SQLite, which locks the whole database.
    /// </summary>
    internal abstract string ForUpdateSkipLocked { get; }

    /// <summary>Holds a named lock until the unit ends, for rare work that must not run concurrently.</summary>
    internal abstract Task LockAsync(OnboardingDb db, string name);

    /// <summary>True for SQLite 2067 and 1555 and for PostgreSQL 23505, and for no other error.</summary>
    public abstract bool IsDuplicateKey(Exception error);

    /// <summary>
    /// True when a second run of the unit may succeed: PostgreSQL 40001, 40P01, and 0A000 of a plan that a
    /// migration made stale.
    /// </summary>
    public abstract bool IsTransient(Exception error);

    /// <summary>
    /// True when the database cannot be reached, cannot commit, did not grant a lock in time (PostgreSQL 55P03) or
    /// ended a statement or transaction by its own time-out (57014, 25P03, 25P04). Callers answer 503.
    /// </summary>
    public abstract bool IsUnavailable(Exception error);

    /// <summary>
    /// The cause in fixed words, with SQLSTATE or SQLite's code; null when the chain contains no error of the database.
    /// </summary>
    internal abstract StoreCause? CauseOf(Exception error);

    /// <summary>A SELECT that returns the texts in a JSON array, which is parameter 1.</summary>
    internal abstract string ListSql { get; }

    /// <summary>
    /// Refuses a store that is behind its recorded progress, before anything is changed. SQLite only.
    /// </summary>
    /// <param name="acceptOlder">True when an operator restored an older copy on purpose.</param>
    /// <returns>What was accepted, as a sentence; null when there was nothing to accept.</returns>
    /// <exception cref="SettingsException">The store is older than it was, another one, or empty.</exception>
    public virtual Task<string?> CheckProgressAsync(bool acceptOlder, CancellationToken cancel) =>
        Task.FromResult<string?>(null);

    /// <summary>
    /// The time by the database's own clock; null when the database runs on this computer and shares its clock.
    /// </summary>
    internal abstract Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancel);

    /// <summary>Migrates the schema. On PostgreSQL this may take long, and instances go on serving meanwhile.</summary>
    /// <param name="report">Receives lines about the progress; null to discard them.</param>
    public abstract Task MigrateAsync(Action<string>? report, CancellationToken cancel);

    /// <inheritdoc cref="MigrateAsync(Action{string}?, CancellationToken)"/>
    public Task MigrateAsync(CancellationToken cancel) => MigrateAsync(null, cancel);

    /// <summary>
    /// The names of migrations that this executable knows and the store lacks. If there are none: the names of unique
    /// indexes that <c>migrate</c> has not built yet (PostgreSQL).
    /// </summary>
    public abstract Task<IReadOnlyList<string>> MissingMigrationsAsync(CancellationToken cancel);

    /// <summary>Sentences about the store's folder that <c>serve</c> logs at every start.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// True where <c>serve</c> migrates the schema (SQLite). A PostgreSQL database is shared, so only
    /// <c>migrate</c> changes it.
    /// </summary>
    public abstract bool MigratesAtStart { get; }

    public abstract ValueTask DisposeAsync();

    internal static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }
}

using System.Data.Common;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Store.Sqlite;

namespace HeroOnboarding.Store;

/// <summary>
/// What differs between SQLite and PostgreSQL, in one place: opening, locking, the words of their errors, and the few
/// statements
/// that cannot be written once for both.
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

    /// <summary>A context for one unit of work. Only the Writer opens these.</summary>
    internal abstract OnboardingDb OpenWrite();

    /// <summary>A read-only context; it never waits for writers and cannot write.</summary>
    public abstract OnboardingDb Read();

    /// <summary>
    /// Looks at the store outside any unit, by statements that are parsed once (see <see cref="PreparedStatements"/>);
    /// for what every request and the busiest pages ask.
    /// </summary>
    /// <param name="look">
    /// Its statements share a connection, not a moment: each sees what is committed when it runs. May run twice, so
    /// it changes nothing.
    /// </param>
    internal abstract Task<T> ReadAsync<T>(Func<PreparedStatements, Task<T>> look);

    /// <summary>The same for one row.</summary>
    internal Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values) =>
        ReadAsync(look => look.ReadAsync(sql, read, values));

    /// <summary>
    /// One turn at writing; SQLite gives one at a time in order of arrival, PostgreSQL as many as it has connections
    /// for.
    /// </summary>
    internal abstract CommitQueue Commits { get; }

    /// <summary>Appended to a SELECT inside a unit: empty where the whole database is locked anyway.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>
    /// The same for a join: locks the rows of these tables, in the order in which they are named.
    /// </summary>
    public string ForUpdateOf(string tables) => ForUpdate.Length == 0 ? "" : $"{ForUpdate} OF {tables}";

    /// <summary>The text that this database understands, for the few statements that cannot be written once.</summary>
    internal abstract string Dialect(string sqlite, string postgresql);

    /// <summary>
    /// Appended to a SELECT inside a unit that wants the rows which nobody else holds now: it never waits, so it is
    /// never part of a deadlock.
    /// Empty where the whole database is locked anyway.
    /// </summary>
    internal abstract string ForUpdateSkipLocked { get; }

    /// <summary>Holds a named lock until the unit ends, for rare work that must not run twice at once.</summary>
    internal abstract Task LockAsync(OnboardingDb db, string name);

    /// <summary>SQLite 2067 or 1555, PostgreSQL 23505, nothing else.</summary>
    public abstract bool IsDuplicateKey(Exception error);

    /// <summary>
    /// The unit lost a race that a second run may win: PostgreSQL 40001, 40P01, and 0A000 of a plan that a migration
    /// made stale.
    /// </summary>
    public abstract bool IsTransient(Exception error);

    /// <summary>
    /// The database cannot be reached, cannot commit, made us wait too long for a lock (PostgreSQL 55P03) or ended a
    /// statement or transaction by its own time-out (57014, 25P03, 25P04); callers answer 503.
    /// </summary>
    public abstract bool IsUnavailable(Exception error);

    /// <summary>The cause in fixed words, with SQLSTATE or SQLite's code; null when no error of the database is in the
    /// chain.</summary>
    internal abstract StoreCause? CauseOf(Exception error);

    /// <summary>A SELECT of the texts in a JSON array; parameter 1.</summary>
    internal abstract string ListSql { get; }

    /// <summary>Refuses a store that is behind what it once was, before anything is changed. SQLite only.</summary>
    /// <param name="acceptOlder">An older copy was put back on purpose.</param>
    /// <returns>What was accepted, a sentence; null when there was nothing to accept.</returns>
    /// <exception cref="SettingsException">The store is older than it was, another one, or empty.</exception>
    public virtual Task<string?> CheckProgressAsync(bool acceptOlder, CancellationToken cancel) =>
        Task.FromResult<string?>(null);

    /// <summary>
    /// The time by the database's own clock; null where it runs on this computer, whose clock it then shares.
    /// </summary>
    internal abstract Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancel);

    /// <summary>
    /// Brings the schema up to date. On PostgreSQL it may take long, and instances go on serving meanwhile.
    /// </summary>
    /// <param name="report">Takes lines about the progress; null: nobody reads them.</param>
    public abstract Task MigrateAsync(Action<string>? report, CancellationToken cancel);

    /// <inheritdoc cref="MigrateAsync(Action{string}?, CancellationToken)"/>
    public Task MigrateAsync(CancellationToken cancel) => MigrateAsync(null, cancel);

    /// <summary>
    /// The names of migrations that this executable knows and the store lacks; if it lacks none, those of unique
    /// indexes that <c>migrate</c> has not built yet (PostgreSQL).
    /// </summary>
    public abstract Task<IReadOnlyList<string>> MissingMigrationsAsync(CancellationToken cancel);

    /// <summary>Sentences about the store's surroundings that an operator should read at every start.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>
    /// True where <c>serve</c> migrates by itself; PostgreSQL is shared, so there only <c>migrate</c> does.
    /// </summary>
    public abstract bool MigratesAtStart { get; }

    public abstract ValueTask DisposeAsync();

    internal static IEnumerable<Exception> Chain(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }
}

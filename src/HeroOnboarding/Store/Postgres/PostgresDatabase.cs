using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// PostgreSQL, for more than one instance: READ COMMITTED; rows are locked in the order account → purchase → allocation
/// → pool machine; a unit that lost a race runs again.
/// </summary>
internal sealed class PostgresDatabase : Database
{
    /// <summary>How often a unit or a read is tried before its failure is reported.</summary>
    internal const int Tries = 8;

    private const int Width = 24;
    private readonly string url;
    private readonly StoreModel model;
    private readonly string writeText;
    private readonly string readText;
    private readonly DbContextOptions<PostgresDb> write;
    private readonly DbContextOptions<PostgresDb> read;

    public PostgresDatabase(string url, StoreModel model)
    {
        (this.url, this.model) = (url, model);
        // A connection string, not a data source and no logger of its own: with either, EF Core would build its model
        // again for each.
        writeText = Text(url, Width + 4, null);
        write = new DbContextOptionsBuilder<PostgresDb>()
            .UseNpgsql(writeText)
            .AddInterceptors(new FlushBeforeCommands())
            .Options;
        readText = Text(url, 32, "-c default_transaction_read_only=on");
        read = new DbContextOptionsBuilder<PostgresDb>()
            .UseNpgsql(readText, npgsql => npgsql.ExecutionStrategy(d => new StalePlanRetry(d)))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options;
        Commits = new PostgresTransactions(Width, this);
    }

    public override string Name => "postgresql";
    public override bool MigratesAtStart => false;
    public override string ForUpdate => " FOR NO KEY UPDATE";
    internal override string ForUpdateSkipLocked => ForUpdate + " SKIP LOCKED";
    internal override CommitQueue Commits { get; }

    internal override string Dialect(string sqlite, string postgresql) => postgresql;

    /// <summary>How often <c>migrate</c> reports the progress of an index that is being built.</summary>
    internal TimeSpan ReportEvery { get; set; } = TimeSpan.FromSeconds(10);

    internal override OnboardingDb OpenWrite() => new PostgresDb(write, model);

    public override OnboardingDb Read() => new PostgresDb(read, model);

    /// <summary>Opens a connection of the write pool.</summary>
    internal Task<NpgsqlConnection> ConnectAsync() => ConnectAsync(writeText);

    internal override async Task<T> ReadAsync<T>(Func<PreparedStatements, Task<T>> look)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await ConnectAsync(readText);
                return await look(new PostgresStatements(connection, null));
            }
            catch (PostgresException e) when (attempt < Tries && IsStalePlan(e))
            {
                ForgetPlans(readText);
            }
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(string text)
    {
        var connection = new NpgsqlConnection(text);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    internal override Task LockAsync(OnboardingDb db, string name) =>
        db.Database.ExecuteSqlRawAsync("SELECT pg_advisory_xact_lock(hashtext({0}))", name);

    public override bool IsDuplicateKey(Exception error) => State(error) is PostgresErrorCodes.UniqueViolation;

    public override bool IsTransient(Exception error) =>
        State(error) is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
        || IsStalePlan(error);

    /// <summary>
    /// True for a prepared statement whose result columns a migration changed: "cached plan must not change result
    /// type". SQLSTATE 0A000 stands for any unsupported feature; the server's routine identifies this case in every
    /// language of its messages.
    /// </summary>
    internal static bool IsStalePlan(Exception error) =>
        Chain(error)
            .OfType<PostgresException>()
            .Any(e => e is { SqlState: PostgresErrorCodes.FeatureNotSupported, Routine: "RevalidateCachedQuery" });

    /// <summary>
    /// Closes the connections of the write pool, any of which may have the stale plan; a busy one is closed when
    /// it is returned.
    /// </summary>
    internal void ForgetPlansOfUnits() => ForgetPlans(writeText);

    private static void ForgetPlans(string text)
    {
        using var any = new NpgsqlConnection(text);
        NpgsqlConnection.ClearPool(any);
    }

    public override bool IsUnavailable(Exception error) =>
        Chain(error).Any(e => e is NpgsqlException and not PostgresException or System.Net.Sockets.SocketException)
        || (
            State(error) is { } state
            && IsUnavailable(state)
            && !(state is PostgresErrorCodes.QueryCanceled && IsOurs(error))
        );

    /// <summary>
    /// True when the portal cancelled the statement, for instance because a browser closed its connection.
    /// </summary>
    private static bool IsOurs(Exception error) => Chain(error).Any(e => e is OperationCanceledException);

    /// <summary>
    /// 08 connection, 28 sign-in, 53 resources, 57P shutdown, 58 system; 57014 is the server's statement_timeout if the
    /// portal did not cancel; 25P03 and 25P04 are its time-outs for idle and for long transactions.
    /// </summary>
    private static bool IsUnavailable(string state) =>
        state.StartsWith("08", StringComparison.Ordinal)
        || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57P", StringComparison.Ordinal)
        || state.StartsWith("28", StringComparison.Ordinal)
        || state.StartsWith("58", StringComparison.Ordinal)
        || state
            is PostgresErrorCodes.ReadOnlySqlTransaction
                or PostgresErrorCodes.InvalidCatalogName
                or PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.QueryCanceled
                or "25P03"
                or "25P04";

    internal override StoreCause? CauseOf(Exception error) => PostgresCauses.Of([.. Chain(error)]);

    internal override string ListSql => "SELECT json_array_elements_text({1}::json)";

    internal override async Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancel) =>
        IsOnThisComputer(new NpgsqlConnectionStringBuilder(readText).Host) ? null : await ReadOwnClockAsync(cancel);

    /// <summary>
    /// The database's clock, wherever the database runs. In microseconds, because the driver's instants differ
    /// from the store's.
    /// </summary>
    internal async Task<DateTimeOffset> ReadOwnClockAsync(CancellationToken cancel)
    {
        const string sql = """SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS "Value" """;
        await using var db = Read();
        return Instants.FromMicros(await db.Database.SqlQueryRaw<long>(sql).SingleAsync(cancel));
    }

    /// <summary>True for a socket or a loopback address; several hosts count as another computer.</summary>
    internal static bool IsOnThisComputer(string? host) =>
        string.IsNullOrEmpty(host)
        || host[0] is '/' or '@'
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));

    public override Task MigrateAsync(Action<string>? report, CancellationToken cancel) =>
        new MigratePostgres(PostgresUrl.Read(url).ToString(), model, report ?? (_ => { }), ReportEvery).RunAsync(
            cancel
        );

    public override async Task<IReadOnlyList<string>> MissingMigrationsAsync(CancellationToken cancel)
    {
        await using var db = Read();
        // Entity Framework treats a database that does not exist as an empty one.
        await db.Database.OpenConnectionAsync(cancel);
        var known = db.Database.GetMigrations().ToList();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancel)).ToList();
        var missing = known.Except(applied).ToList();
        // A newer release may have replaced an index: only the release that the schema belongs to can list
        // what is missing.
        if (missing.Count == 0 && applied.Count == known.Count)
            missing.AddRange(await ConcurrentIndexes.MissingGuardsAsync(db, cancel));
        return missing;
    }

    public override async ValueTask DisposeAsync()
    {
        await Commits.DisposeAsync();
        foreach (var options in new[] { write, read })
        {
            await using var db = new PostgresDb(options, model);
            NpgsqlConnection.ClearPool((NpgsqlConnection)db.Database.GetDbConnection());
        }
    }

    private static string Text(string url, int most, string? options)
    {
        var text = PostgresUrl.Read(url);
        text.MaxPoolSize = most;
        text.Timeout = 10;
        text.IncludeErrorDetail = false;
        // A unit leaves no state on its connection: its settings end with its transaction.
        text.NoResetOnClose = true;
        // Frequent statements are parsed once per connection, Entity Framework's included.
        text.MaxAutoPrepare = 200;
        text.AutoPrepareMinUsages = 2;
        if (options is not null)
            text.Options = options;
        return text.ToString();
    }

    private static string? State(Exception error) =>
        Chain(error).OfType<PostgresException>().FirstOrDefault()?.SqlState;
}

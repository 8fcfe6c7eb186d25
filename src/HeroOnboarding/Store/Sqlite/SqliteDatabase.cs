using HeroOnboarding.Configuration;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// One file, one server. WAL so that readers never wait, synchronous FULL so that an answered commit survives a power
/// cut, foreign keys on.
/// </summary>
internal sealed class SqliteDatabase : Database
{
    private readonly string path;
    private readonly StoreModel model;
    private readonly DbContextOptions<SqliteDb> write;
    private readonly DbContextOptions<SqliteDb> read;
    private readonly SqliteReaders readers;
    private readonly FileStream held;
    private readonly ProgressMarker marker;

    /// <summary>
    /// Keeps the statement journal (the original pages that a savepoint would restore) in memory. It is as large as the
    /// pages that one unit changes. SQLite's default of 64 KB is 15 pages; a hand-out changes more, and each further
    /// page went through a temporary file: seven of ten writes of a group.
    /// </summary>
    /// <remarks>
    /// SQLITE_CONFIG_STMTJRNL_SPILL; it holds for the whole process and only before its
    /// first connection: https://sqlite.org/c3ref/c_config_covering_index_scan.html
    /// </remarks>
    static SqliteDatabase()
    {
        const int statementJournalSpill = 26;
        SQLitePCL.Batteries_V2.Init();
        _ = SQLitePCL.raw.sqlite3_config(statementJournalSpill, -1);
    }

    /// <exception cref="SettingsException">The folder cannot be written, or another server holds the file.</exception>
    public SqliteDatabase(string path, StoreModel model, TimeProvider clock, ILogger? log = null)
    {
        (this.path, this.model) = (path, model);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Warnings = PrivateFiles.Warning(folder, path) is { } warning ? [warning] : [];
        held = Hold(folder, path);
        var text = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            ForeignKeys = true,
            DefaultTimeout = 30,
        };
        write = Options(text, new Pragmas());
        var readText = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadOnly,
            DefaultTimeout = 30,
        };
        read = Options(readText, null);
        readers = new SqliteReaders(
            new SqliteConnectionStringBuilder(readText.ToString()) { Pooling = false }.ToString()
        );
        var checkpoints = new Checkpoints(() => ConnectAsync(text.ToString()));
        var commits = new SqliteGroupCommit(() => ConnectAsync(text.ToString()), OpenWrite, checkpoints);
        marker = new ProgressMarker(path + ProgressMarker.Suffix);
        Progress = new ProgressRecorder(commits, marker, clock, log);
        Commits = commits;
    }

    public override string Name => "sqlite";
    public override bool MigratesAtStart => true;
    public override string ForUpdate => "";
    public override IReadOnlyList<string> Warnings { get; }
    internal override string ForUpdateSkipLocked => "";
    internal override CommitQueue Commits { get; }
    internal ProgressRecorder Progress { get; }

    internal override string Dialect(string sqlite, string postgresql) => sqlite;

    internal override OnboardingDb OpenWrite() => new SqliteDb(write, model);

    public override OnboardingDb Read() => new SqliteDb(read, model);

    internal override Task<T> ReadAsync<T>(Func<PreparedStatements, Task<T>> look) => readers.ReadAsync(look);

    internal override Task LockAsync(OnboardingDb db, string name) => Task.CompletedTask;

    public override bool IsDuplicateKey(Exception error) =>
        Chain(error).OfType<SqliteException>().Any(e => e.SqliteExtendedErrorCode is 2067 or 1555);

    public override bool IsTransient(Exception error) => false;

    /// <summary>SQLite codes: 5 busy, 6 locked, 8 read-only, 10 I/O, 13 full, 14 cannot open.</summary>
    public override bool IsUnavailable(Exception error) =>
        Chain(error).OfType<SqliteException>().Any(e => e.SqliteErrorCode is 5 or 6 or 8 or 10 or 13 or 14);

    internal override StoreCause? CauseOf(Exception error) =>
        Chain(error).OfType<SqliteException>().FirstOrDefault() is { } e ? SqliteCauses.Of(e) : null;

    internal override Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancel) =>
        Task.FromResult<DateTimeOffset?>(null);

    internal override string ListSql => "SELECT value FROM json_each({1})";

    public override async Task MigrateAsync(Action<string>? report, CancellationToken cancel)
    {
        // SQLite would create the file readable by other users.
        PrivateFiles.CreateFile(path);
        await using var db = OpenWrite();
        await RefuseForeignAsync(db, cancel);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancel);
        // Truncates what a killed process left in the log. Frames behind its end could be mistaken for damage later.
        await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancel);
        // This process holds the file's lock, so a migration lock found here was left by a process that died. Waiting
        // for it would never end.
        await db.Database.ExecuteSqlRawAsync("""DROP TABLE IF EXISTS "__EFMigrationsLock" """, cancel);
        // MigrateAsync first compares the whole model with its snapshot; a store that is up to date skips that.
        if ((await db.Database.GetPendingMigrationsAsync(cancel)).Any())
            await db.Database.MigrateAsync(cancel);
        await BeginToRecordAsync(db, cancel);
    }

    public override Task<string?> CheckProgressAsync(bool acceptOlder, CancellationToken cancel) =>
        StoredProgress.CheckAsync(path, marker, acceptOlder, cancel);

    private async Task BeginToRecordAsync(OnboardingDb db, CancellationToken cancel)
    {
        var (_, id, number) = await StoredProgress.ReadAsync(path, cancel);
        if (id is null)
        {
            id = Ulid.NewUlid().ToString();
            const string sql = "INSERT INTO meta (key, value) VALUES ({0}, {1})";
            await db.Database.ExecuteSqlRawAsync(sql, [StoredProgress.IdKey, id], cancel);
        }
        Progress.Begin(id, number);
    }

    /// <summary>
    /// Refuses a file that has tables but no migration history: it belongs to another program, and nothing is
    /// written into it.
    /// </summary>
    private async Task RefuseForeignAsync(OnboardingDb db, CancellationToken cancel)
    {
        var tables = await db
            .Database.SqlQueryRaw<string>("SELECT name AS \"Value\" FROM sqlite_master WHERE " + "type = 'table'")
            .ToListAsync(cancel);
        // The first migration creates Entity Framework's own tables first; a file with only those is a start of
        // ours that died.
        if (tables.Count > 0 && !tables.Any(name => name.StartsWith("__EF", StringComparison.Ordinal)))
            throw new SettingsException(
                $"DATA_DIR: {Path.GetDirectoryName(Path.GetFullPath(path))}: "
                    + $"{Path.GetFileName(path)} belongs to another program. "
                    + "Move it away, or name another folder."
            );
    }

    public override async Task<IReadOnlyList<string>> MissingMigrationsAsync(CancellationToken cancel)
    {
        if (!File.Exists(path))
            return ["everything"];
        await using var db = Read();
        return [.. await db.Database.GetPendingMigrationsAsync(cancel)];
    }

    public override async ValueTask DisposeAsync()
    {
        await Progress.DisposeAsync();
        await Commits.DisposeAsync();
        await readers.DisposeAsync();
        // A store that was refused at the start is left unchanged, including a damaged log.
        if (Progress.HasBegun)
            await FoldLogAsync();
        // Only the pools of this store: other stores in this process keep their connections.
        foreach (var open in new[] { OpenWrite, Read })
        {
            await using var db = open();
            SqliteConnection.ClearPool((SqliteConnection)db.Database.GetDbConnection());
        }
        await held.DisposeAsync();
    }

    /// <summary>
    /// A group writes some 200 pages. With SQLite's default of 1,000 every fifth COMMIT would copy the log into the
    /// file while its callers wait. 32 MB of log, and enough cache that the pages of a group are never written
    /// before its COMMIT.
    /// </summary>
    private static readonly string Tuning =
        $"PRAGMA wal_autocheckpoint = {Checkpoints.Longest}; PRAGMA cache_size = -16384; {Statistics.Limit}";

    /// <summary>
    /// Opens the connection that all units share. It is not pooled, since it lives as long as the store.
    /// </summary>
    private static async Task<SqliteConnection> ConnectAsync(string text)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(text) { Pooling = false }.ToString());
        try
        {
            await connection.OpenAsync();
            Pragmas.Set(connection);
            await using var tune = connection.CreateCommand();
            tune.CommandText = Tuning;
            await tune.ExecuteNonQueryAsync();
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Moves the write-ahead log into the main file: after a clean stop that one file is the whole store.
    /// </summary>
    private async Task FoldLogAsync()
    {
        try
        {
            await using var db = OpenWrite();
            await db.Database.ExecuteSqlRawAsync("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // The disk is full, or a reader is still open; the log is read again at the next start.
        }
    }

    private static FileStream Hold(string folder, string path)
    {
        try
        {
            PrivateFiles.CreateFolder(folder);
            return PrivateFiles.Open(path + ".lock", FileMode.OpenOrCreate, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FolderTrouble.Of(path, e);
        }
    }

    private static DbContextOptions<SqliteDb> Options(SqliteConnectionStringBuilder text, Pragmas? pragmas)
    {
        var builder = new DbContextOptionsBuilder<SqliteDb>().UseSqlite(text.ToString());
        if (pragmas is not null)
            builder.AddInterceptors(pragmas, new FlushBeforeCommands());
        else
            builder.UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
        return builder.Options;
    }

    private sealed class Pragmas : Microsoft.EntityFrameworkCore.Diagnostics.DbConnectionInterceptor
    {
        public override void ConnectionOpened(
            System.Data.Common.DbConnection connection,
            Microsoft.EntityFrameworkCore.Diagnostics.ConnectionEndEventData eventData
        ) => Set(connection);

        public override Task ConnectionOpenedAsync(
            System.Data.Common.DbConnection connection,
            Microsoft.EntityFrameworkCore.Diagnostics.ConnectionEndEventData eventData,
            CancellationToken cancellationToken = default
        )
        {
            Set(connection);
            return Task.CompletedTask;
        }

        public static void Set(System.Data.Common.DbConnection connection)
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA synchronous = FULL";
            command.ExecuteNonQuery();
        }
    }
}

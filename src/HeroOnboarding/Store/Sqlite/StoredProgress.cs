using System.Globalization;
using HeroOnboarding.Configuration;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>The progress that a database file holds, and its comparison with the marker beside the file.</summary>
internal static class StoredProgress
{
    /// <summary>Keys in the table <c>meta</c>.</summary>
    public const string IdKey = "store.id",
        NumberKey = "store.progress";

    /// <summary>SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE: https://sqlite.org/c3ref/c_dbconfig_defensive.html</summary>
    private const int NoCheckpointOnClose = 1006;

    /// <summary>
    /// Reads the store's id and number. Leaves the files unchanged, including a damaged -wal, which
    /// SQLite would remove.
    /// </summary>
    /// <returns>Whether there are tables at all; the id, null in a store of an earlier release; the number.</returns>
    public static async Task<(bool HasTables, string? Id, long Number)> ReadAsync(string path, CancellationToken cancel)
    {
        if (!File.Exists(path))
            return default;
        await using var connection = await OpenAsync(path, cancel);
        if (await ScalarAsync(connection, "SELECT name FROM sqlite_master WHERE name = 'meta'", cancel) is null)
            return default;
        var id = await ScalarAsync(connection, $"SELECT value FROM meta WHERE key = '{IdKey}'", cancel);
        var number = await ScalarAsync(connection, $"SELECT value FROM meta WHERE key = '{NumberKey}'", cancel);
        return (true, id, long.Parse(number ?? "0", CultureInfo.InvariantCulture));
    }

    /// <summary>Checks the log for damage, and compares the database with the marker beside it.</summary>
    /// <param name="accept">Accepts a damaged log, an older or another store; never a store without tables.</param>
    /// <returns>What was accepted, as a sentence; null when nothing is known to be lost.</returns>
    /// <exception cref="SettingsException">The store lost something, is another one, or is empty.</exception>
    public static async Task<string?> CheckAsync(
        string path,
        ProgressMarker marker,
        bool accept,
        CancellationToken cancel
    )
    {
        var was = marker.Read();
        var damage = WriteAheadLog.FindDamage(path + "-wal");
        if (was is null && damage is null)
            return null;
        var (hasTables, id, number) = await ReadAsync(path, cancel);
        var found =
            damage is not null ? $"{path}-wal has lost changes: {damage}"
            : !hasTables ? $"{path} is empty"
            : id != was!.Store ? $"{path} is another store than the one that ran here"
            : number < was.Number ? $"{path} is older than the store that ran here ({number} of {was.Number})"
            : null;
        if (found is null)
            return null;
        if (was is not null)
            found += $". {marker.Path} was written at {was.At:u}";
        if (hasTables && await FindInconsistencyAsync(path, cancel) is { } inconsistency)
            throw new SettingsException(
                $"DATA_DIR: {found}. What is left is not a consistent database ({inconsistency}), so it cannot be "
                    + "accepted. The portal has changed nothing. Put back the newest copy of the database file, "
                    + "without a "
                    + "-wal and -shm beside it, then start once with: serve --accept-older-store"
            );
        if (accept && hasTables)
            return $"{found}. It was accepted; what is not in it is lost.";
        throw new SettingsException(
            $"DATA_DIR: {found}. The portal has changed nothing. Put back the newest copy of the "
                + "database file, without a -wal and -shm beside it that belong to another one. "
                + (
                    hasTables
                        ? "If this state is meant, start once with: serve --accept-older-store"
                        : "Then start once with: serve --accept-older-store. To begin with an empty store on purpose, "
                            + $"move {marker.Path} away."
                )
        );
    }

    private static async Task<SqliteConnection> OpenAsync(string path, CancellationToken cancel)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly };
        text.Pooling = false;
        var connection = new SqliteConnection(text.ToString());
        try
        {
            await connection.OpenAsync(cancel);
            _ = raw.sqlite3_db_config(connection.Handle, NoCheckpointOnClose, 1, out _);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Checks the consistency of the file. While a reader uses an older state, a checkpoint copies only some of the
    /// changed pages into the file; without the rest of the log such a file is not a database. Reads the whole file,
    /// about a second per gigabyte.
    /// </summary>
    /// <returns>The first inconsistency that SQLite reports; null when there is none.</returns>
    private static async Task<string?> FindInconsistencyAsync(string path, CancellationToken cancel)
    {
        await using var connection = await OpenAsync(path, cancel);
        try
        {
            var answer = await ScalarAsync(connection, "PRAGMA integrity_check(1)", cancel);
            return answer == "ok" ? null : answer?.ReplaceLineEndings(" ");
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_CORRUPT)
        {
            return "database disk image is malformed";
        }
    }

    private static async Task<string?> ScalarAsync(SqliteConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(cancel) as string;
    }
}

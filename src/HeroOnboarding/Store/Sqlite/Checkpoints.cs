using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Copies the write-ahead log into the database file concurrently with units, before the log reaches the length at
/// which SQLite does so inside a COMMIT. That COMMIT then copies only the newest pages (a few milliseconds instead of
/// forty), and the log starts again from its beginning.
/// </summary>
/// <param name="connect">Opens a connection of its own.</param>
internal sealed class Checkpoints(Func<Task<SqliteConnection>> connect) : IAsyncDisposable
{
    /// <summary>Pages in the log at which SQLite checkpoints automatically within a COMMIT: 32 MB.</summary>
    internal const int Longest = 8000;

    /// <summary>Pages in the log, not yet in the file, at which a pass starts.</summary>
    private const int Due = 6000;

    /// <summary>
    /// SQLite syncs the file only in a pass during which nothing was committed, and the first pass is too long for
    /// that. The following passes start right after a COMMIT and have little to copy.
    /// </summary>
    private const int Passes = 3;

    private Task pass = Task.CompletedTask;
    private int left;

    /// <summary>
    /// Reads how long the log is, and starts a pass when one is due and none is running. Never waits, never fails.
    /// </summary>
    /// <param name="connection">The writer's, right after a COMMIT.</param>
    public void StartIfDue(SqliteConnection connection)
    {
        if (!pass.IsCompleted)
            return;
        if (left == 0 && Missing(connection, "NOOP") >= Due)
            left = Passes;
        if (left == 0)
            return;
        left--;
        pass = Task.Run(PassAsync);
    }

    /// <summary>
    /// Moves the whole log into the file and truncates it: pages that are not in the log cannot be lost with it. If a
    /// reader uses an older state, the log stays until the next call. Never fails.
    /// </summary>
    /// <param name="connection">The writer's, outside any transaction.</param>
    public static void Move(SqliteConnection connection) => Missing(connection, "TRUNCATE");

    public async ValueTask DisposeAsync() => await pass;

    private async Task PassAsync()
    {
        await using var connection = await TryConnectAsync();
        if (connection is not null)
            Missing(connection, "PASSIVE");
    }

    private async Task<SqliteConnection?> TryConnectAsync()
    {
        try
        {
            return await connect();
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    /// <returns>Pages of the log that are not in the file; null when SQLite does not report it. The log then stays as
    /// it is, and nothing is lost.</returns>
    private static int? Missing(SqliteConnection connection, string mode)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA wal_checkpoint({mode})";
            using var row = command.ExecuteReader();
            return row.Read() ? row.GetInt32(1) - row.GetInt32(2) : null;
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}

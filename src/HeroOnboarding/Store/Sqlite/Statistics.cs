using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Statistics about tables and indexes, from which SQLite chooses its plans. The plans of hot statements were approved
/// with them (<c>Conventions/Plans</c> of the tests).
/// </summary>
internal static class Statistics
{
    /// <summary>How often SQLite's documentation has a long-lived connection look (pragma_optimize).</summary>
    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>Rows per index that are read at most, so that the writer is back in milliseconds.</summary>
    public const string Limit = "PRAGMA analysis_limit = 400";

    /// <summary>
    /// Analyzes the tables that have no statistics or have grown or shrunk much since. 0x02: analyze; 0x10000: also
    /// tables that this connection has not queried, since pages are read by other connections. Never fails.
    /// </summary>
    /// <param name="connection">The writer's, outside any transaction, with <see cref="Limit"/>.</param>
    public static void Update(SqliteConnection connection)
    {
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA optimize = 0x10002";
            command.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // Such as a full disk: the statistics stay as they are, and the next change meets the cause itself.
        }
    }
}

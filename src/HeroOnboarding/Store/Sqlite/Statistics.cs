using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Statistics about tables and indexes, by which SQLite chooses its plans. The approved plans of hot statements depend
/// on them (<c>Conventions/Plans</c> of the tests).
/// </summary>
internal static class Statistics
{
    /// <summary>
    /// The interval that SQLite's documentation recommends for long-lived connections (pragma_optimize).
    /// </summary>
    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>
    /// The number of rows per index that are read at most, so that the writer is blocked for milliseconds only.
    /// </summary>
    public const string Limit = "PRAGMA analysis_limit = 400";

    /// <summary>
    /// Analyzes the tables that have no statistics or whose size changed much. 0x02: analyze; 0x10000: also tables that
    /// this connection has not queried, since pages are read by other connections. Never fails.
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
            // For instance a full disk: the statistics stay as they are, and the next change reports the cause.
        }
    }
}

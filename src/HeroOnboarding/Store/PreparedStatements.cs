using System.Data.Common;
using System.Diagnostics;

namespace HeroOnboarding.Store;

/// <summary>
/// Statements that the database parses once and runs often. Parameters are <c>$1</c>, <c>$2</c> … on both databases.
/// Values have the form of the columns: text, numbers, instants as microseconds.
/// </summary>
internal abstract class PreparedStatements
{
    /// <summary>
    /// Diagnostics like Entity Framework's own: one event per command, after it ran. For tests and tracing.
    /// </summary>
    public static readonly DiagnosticListener Diagnostics = new("HeroOnboarding.Store");

    /// <summary>Set before the work of a unit; a refused unit is rolled back to it.</summary>
    public const string Savepoint = "SAVEPOINT member";

    public const string RollbackToSavepoint = "ROLLBACK TO SAVEPOINT member";

    /// <returns>The number of rows affected.</returns>
    public abstract Task<int> RunAsync(string sql, params object?[] values);

    /// <returns>The only row; the default if there is none.</returns>
    public abstract Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values);

    public abstract Task<List<T>> ListAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values);

    /// <summary>As <see cref="ReadAsync"/>, then sets <see cref="Savepoint"/>; both in one round trip.</summary>
    public abstract Task<T?> ReadThenSavepointAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values);

    /// <summary>
    /// Queues a change whose number of rows the unit does not need. On PostgreSQL it is sent with the next statement,
    /// in the same round trip.
    /// </summary>
    public abstract Task EnqueueAsync(string sql, params object?[] values);

    /// <summary>Sends the queued statements.</summary>
    public abstract Task FlushAsync();

    /// <summary>True when statements are queued and not sent.</summary>
    public abstract bool HasPending { get; }

    protected static async Task<List<T>> ListAsync<T>(DbCommand command, Func<DbDataReader, T> read)
    {
        var rows = new List<T>();
        await using (var reader = await command.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                rows.Add(read(reader));
        ReportExecuted(command);
        return rows;
    }

    protected static void ReportExecuted(DbCommand command)
    {
        if (Diagnostics.IsEnabled())
            Diagnostics.Write("Ran", command);
    }
}

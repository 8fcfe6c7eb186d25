using System.Data.Common;
using System.Diagnostics;

namespace HeroOnboarding.Store;

/// <summary>
/// Statements that the database parses once and runs often. Parameters are <c>$1</c>, <c>$2</c> … on both databases.
/// Values are what the columns
/// hold: text, numbers, instants as microseconds.
/// </summary>
internal abstract class PreparedStatements
{
    /// <summary>
    /// Whoever wants to see every statement, as Entity Framework lets them see its own: one event per command, after it
    /// ran.
    /// </summary>
    public static readonly DiagnosticListener Diagnostics = new("HeroOnboarding.Store");

    /// <summary>Where a unit's own work begins inside its transaction, and where a refused one goes back to.</summary>
    public const string Savepoint = "SAVEPOINT member";

    public const string RollbackToSavepoint = "ROLLBACK TO SAVEPOINT member";

    /// <returns>How many rows were touched.</returns>
    public abstract Task<int> RunAsync(string sql, params object?[] values);

    /// <returns>The only row, or the default where there is none.</returns>
    public abstract Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values);

    public abstract Task<List<T>> ListAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values);

    /// <summary>As <see cref="ReadAsync"/>, and then sets <see cref="Savepoint"/>; both in one journey.</summary>
    public abstract Task<T?> ReadThenSavepointAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values);

    /// <summary>
    /// A change of the unit whose count nobody asks for: where each statement is a journey, it travels with the next
    /// one.
    /// </summary>
    public abstract Task EnqueueAsync(string sql, params object?[] values);

    /// <summary>Sends what waits, before somebody looks who is not this object.</summary>
    public abstract Task FlushAsync();

    /// <summary>True when something waits to be sent.</summary>
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

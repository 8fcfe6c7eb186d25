using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>Keeps one command per text for as long as the connection lives.</summary>
internal sealed class SqliteStatements(SqliteConnection connection) : PreparedStatements, IDisposable
{
    private readonly Dictionary<string, SqliteCommand> commands = new(StringComparer.Ordinal);

    /// <summary>The transaction of the group; every command must name the current one.</summary>
    public SqliteTransaction? Transaction { get; set; }

    /// <summary>Always false: the database is in this process, so batching saves no round trip.</summary>
    public override bool HasPending => false;

    public override async Task<int> RunAsync(string sql, params object?[] values)
    {
        var command = Take(sql, values);
        var touched = await command.ExecuteNonQueryAsync();
        ReportExecuted(command);
        return touched;
    }

    public override async Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
        where T : default
    {
        var command = Take(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var found = await reader.ReadAsync() ? read(reader) : default;
        ReportExecuted(command);
        return found;
    }

    public override Task<List<T>> ListAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values) =>
        ListAsync(Take(sql, values), read);

    public override async Task<T?> ReadThenSavepointAsync<T>(
        string sql,
        Func<DbDataReader, T> read,
        params object?[] values
    )
        where T : default
    {
        var found = await ReadAsync(sql, read, values);
        await RunAsync(Savepoint);
        return found;
    }

    public override Task EnqueueAsync(string sql, params object?[] values) => RunAsync(sql, values);

    public override Task FlushAsync() => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var command in commands.Values)
            command.Dispose();
    }

    private SqliteCommand Take(string sql, object?[] values)
    {
        if (!commands.TryGetValue(sql, out var command))
        {
            commands[sql] = command = new SqliteCommand(sql, connection);
            for (var i = 0; i < values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${i + 1}" });
        }
        command.Transaction = Transaction;
        for (var i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}

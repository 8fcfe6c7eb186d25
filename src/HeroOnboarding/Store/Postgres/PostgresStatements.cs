using System.Data.Common;
using Npgsql;

namespace HeroOnboarding.Store.Postgres;

/// <summary>
/// The driver prepares statements per connection by their text (<c>Max Auto Prepare</c>), so a command may be a new
/// object each time. Queued statements are sent in one batch, and one round trip, with the next statement.
/// </summary>
internal sealed class PostgresStatements(NpgsqlConnection connection, NpgsqlTransaction? transaction)
    : PreparedStatements
{
    private List<NpgsqlBatchCommand> waiting = [];

    public override bool HasPending => waiting.Count > 0;

    public override async Task<int> RunAsync(string sql, params object?[] values)
    {
        if (!HasPending)
        {
            await using var command = Single(sql, values);
            var touched = await command.ExecuteNonQueryAsync();
            ReportExecuted(command);
            return touched;
        }
        await using var batch = Batch(sql, values);
        await batch.ExecuteNonQueryAsync();
        return (int)batch.BatchCommands[^1].RecordsAffected;
    }

    public override async Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
        where T : default
    {
        if (HasPending)
        {
            await using var batch = Batch(sql, values);
            // A queued statement is never a SELECT and has no RETURNING, so the only rows are those of this statement.
            await using var rows = await batch.ExecuteReaderAsync();
            return await rows.ReadAsync() ? read(rows) : default;
        }
        await using var command = Single(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var found = await reader.ReadAsync() ? read(reader) : default;
        ReportExecuted(command);
        return found;
    }

    public override async Task<List<T>> ListAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
    {
        await FlushAsync();
        await using var command = Single(sql, values);
        return await ListAsync(command, read);
    }

    public override async Task<T?> ReadThenSavepointAsync<T>(
        string sql,
        Func<DbDataReader, T> read,
        params object?[] values
    )
        where T : default
    {
        waiting.Add(Member(sql, values));
        await using var batch = Batch(Savepoint, []);
        await using var rows = await batch.ExecuteReaderAsync();
        return await rows.ReadAsync() ? read(rows) : default;
    }

    public override Task EnqueueAsync(string sql, params object?[] values)
    {
        waiting.Add(Member(sql, values));
        return Task.CompletedTask;
    }

    public override async Task FlushAsync()
    {
        if (!HasPending)
            return;
        await using var batch = Batch();
        await batch.ExecuteNonQueryAsync();
    }

    private NpgsqlCommand Single(string sql, object?[] values)
    {
        var command = new NpgsqlCommand(sql, connection, transaction);
        foreach (var value in values)
            command.Parameters.Add(Parameter(value));
        return command;
    }

    private NpgsqlBatch Batch(string sql, object?[] values)
    {
        waiting.Add(Member(sql, values));
        return Batch();
    }

    private NpgsqlBatch Batch()
    {
        var batch = new NpgsqlBatch(connection, transaction);
        foreach (var member in waiting)
        {
            batch.BatchCommands.Add(member);
            ReportBatchMember(member);
        }
        waiting = [];
        return batch;
    }

    private void ReportBatchMember(NpgsqlBatchCommand member)
    {
        if (!Diagnostics.IsEnabled())
            return;
        using var command = new NpgsqlCommand(member.CommandText, connection);
        foreach (NpgsqlParameter parameter in member.Parameters)
            command.Parameters.Add(parameter.Clone());
        ReportExecuted(command);
    }

    private static NpgsqlBatchCommand Member(string sql, object?[] values)
    {
        var member = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            member.Parameters.Add(Parameter(value));
        return member;
    }

    private static NpgsqlParameter Parameter(object? value) =>
        value switch
        {
            null => new NpgsqlParameter { Value = DBNull.Value },
            string text => new NpgsqlParameter<string> { TypedValue = text },
            long number => new NpgsqlParameter<long> { TypedValue = number },
            int number => new NpgsqlParameter<int> { TypedValue = number },
            bool flag => new NpgsqlParameter<bool> { TypedValue = flag },
            _ => throw new InvalidOperationException($"No column holds a {value.GetType().Name}."),
        };
}

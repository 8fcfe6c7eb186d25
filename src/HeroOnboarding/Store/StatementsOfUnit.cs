using System.Data.Common;

namespace HeroOnboarding.Store;

/// <summary>
/// The prepared statements of a unit. Before a statement runs or is queued, the changes that Entity Framework
/// tracks are saved.
/// </summary>
/// <param name="save">Saves them; completes synchronously when there are none.</param>
internal sealed class StatementsOfUnit(PreparedStatements inner, Func<Task> save) : PreparedStatements
{
    public override bool HasPending => inner.HasPending;

    public override async Task<int> RunAsync(string sql, params object?[] values)
    {
        await save();
        return await inner.RunAsync(sql, values);
    }

    public override async Task<T?> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
        where T : default
    {
        await save();
        return await inner.ReadAsync(sql, read, values);
    }

    public override async Task<List<T>> ListAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] values)
    {
        await save();
        return await inner.ListAsync(sql, read, values);
    }

    public override async Task<T?> ReadThenSavepointAsync<T>(
        string sql,
        Func<DbDataReader, T> read,
        params object?[] values
    )
        where T : default
    {
        await save();
        return await inner.ReadThenSavepointAsync(sql, read, values);
    }

    public override async Task EnqueueAsync(string sql, params object?[] values)
    {
        await save();
        await inner.EnqueueAsync(sql, values);
    }

    public override Task FlushAsync() => inner.FlushAsync();
}

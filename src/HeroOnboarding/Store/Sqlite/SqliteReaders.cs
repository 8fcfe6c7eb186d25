using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Store.Sqlite;

/// <summary>
/// Read-only connections that keep their prepared statements, for what every request reads. One is opened per
/// concurrent read; up to <see cref="Kept"/> are reused.
/// </summary>
internal sealed class SqliteReaders(string text) : IAsyncDisposable
{
    private const int Kept = 16;
    private readonly ConcurrentBag<Reader> idle = [];

    public async Task<T> ReadAsync<T>(Func<PreparedStatements, Task<T>> look)
    {
        if (!idle.TryTake(out var reader))
            reader = await Reader.OpenAsync(text);
        try
        {
            var found = await look(reader.Prepared);
            if (idle.Count < Kept)
            {
                idle.Add(reader);
                reader = null;
            }
            return found;
        }
        finally
        {
            // After an error the state of the connection is unknown; it is not used again.
            if (reader is not null)
                await reader.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (idle.TryTake(out var reader))
            await reader.DisposeAsync();
    }

    private sealed class Reader(SqliteConnection connection) : IAsyncDisposable
    {
        public SqliteStatements Prepared { get; } = new(connection);

        public static async Task<Reader> OpenAsync(string text)
        {
            var connection = new SqliteConnection(text);
            try
            {
                await connection.OpenAsync();
                return new(connection);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            Prepared.Dispose();
            await connection.DisposeAsync();
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace HeroOnboarding.Tests.Support;

/// <summary>Direct access to the PostgreSQL database of a portal, as with psql.</summary>
internal static class RawPostgres
{
    /// <summary>A connection of its own, outside every pool.</summary>
    public static async Task<NpgsqlConnection> ConnectAsync(this Portal portal)
    {
        await using var db = portal.Database.Read();
        var text = new NpgsqlConnectionStringBuilder(db.Database.GetConnectionString())
        {
            Pooling = false,
            Options = null,
        };
        var connection = new NpgsqlConnection(text.ToString());
        await connection.OpenAsync();
        return connection;
    }

    public static async Task RunAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <returns>The only cell as text; empty for NULL.</returns>
    public static async Task<string> TextAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return $"{await command.ExecuteScalarAsync()}";
    }

    /// <summary>Returns when the query answers with this text.</summary>
    public static async Task WaitForAsync(this NpgsqlConnection connection, string sql, string text)
    {
        for (var tries = 0; await connection.TextAsync(sql) != text; tries++)
            Assert.True(tries < 100_000, $"Never '{text}': {sql}");
    }
}

using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Tests.Support;

/// <summary>A SQLite file as another program sees it: not pooled, and without the settings of the portal.</summary>
internal static class SqliteFile
{
    /// <summary>A reader that goes on reading the present state: then the log cannot be emptied.</summary>
    public static async Task<SqliteConnection> HoldAsync(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync();
        await RunAsync(connection, "BEGIN");
        await RunAsync(connection, "SELECT count(*) FROM meta");
        return connection;
    }

    public static async Task<SqliteConnection> OpenAsync(string file)
    {
        var connection = new SqliteConnection($"Data Source={file};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    public static async Task RunAsync(string file, string sql)
    {
        await using var connection = await OpenAsync(file);
        await RunAsync(connection, sql);
    }

    public static async Task RunAsync(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteScalarAsync();
    }
}

using HeroOnboarding.Store.Sqlite;
using Microsoft.Data.Sqlite;

namespace HeroOnboarding.Tests.Stores;

/// <summary>SQLite: the log is copied into the file before a COMMIT has to do it.</summary>
public sealed class CopyingTheLog : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("hero-log-").FullName;

    [Fact]
    public async Task A_long_log_is_copied_and_a_short_one_left_alone()
    {
        await using var writer = await OpenAsync();
        Write(writer, megabytes: 20);
        await LookAsync(writer);
        Assert.Equal((true, 0L), (Left(writer) > 5000, Copied(writer)));
        Write(writer, megabytes: 5);
        await LookAsync(writer);
        Assert.Equal((0L, true), (Left(writer), Copied(writer) > 6000));
    }

    [Fact]
    public async Task Who_still_reads_an_older_state_goes_on_reading_it_and_the_rest_waits()
    {
        await using var writer = await OpenAsync();
        Write(writer, megabytes: 1);
        await using var reader = await OpenAsync();
        Run(reader, "BEGIN");
        Assert.Equal(1, Count(reader));
        Write(writer, megabytes: 25);
        await LookAsync(writer);
        Assert.Equal((1L, 26L), (Count(reader), Count(writer)));
        Assert.True(Left(writer) > 6000);
        Run(reader, "ROLLBACK");
        await LookAsync(writer);
        Assert.Equal((0L, 26L), (Left(writer), Count(reader)));
    }

    [Fact]
    public async Task A_connection_that_cannot_be_opened_is_nobodys_failure()
    {
        await using var writer = await OpenAsync();
        Write(writer, megabytes: 25);
        var looks = new Checkpoints(() => throw new SqliteException("no more files", 14));
        looks.StartIfDue(writer);
        await looks.DisposeAsync();
        Assert.True(Left(writer) > 6000);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task LookAsync(SqliteConnection writer)
    {
        var looks = new Checkpoints(OpenAsync);
        looks.StartIfDue(writer);
        await looks.DisposeAsync();
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={folder}/log.sqlite;Pooling=false");
        await connection.OpenAsync();
        Run(connection, "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS t (x)");
        return connection;
    }

    private static void Write(SqliteConnection connection, int megabytes)
    {
        for (var n = 0; n < megabytes; n++)
            Run(connection, "INSERT INTO t VALUES (zeroblob(1 << 20))");
    }

    private static long Count(SqliteConnection connection) => (long)Row(connection, "SELECT count(*) FROM t")[0];

    private static long Left(SqliteConnection connection) =>
        Row(connection, "PRAGMA wal_checkpoint(NOOP)") is var log ? (long)log[1] - (long)log[2] : 0;

    private static long Copied(SqliteConnection connection) => (long)Row(connection, "PRAGMA wal_checkpoint(NOOP)")[2];

    private static object[] Row(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        Assert.True(reader.Read());
        var row = new object[reader.FieldCount];
        reader.GetValues(row);
        return row;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}

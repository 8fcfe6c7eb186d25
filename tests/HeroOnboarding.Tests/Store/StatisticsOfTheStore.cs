using System.Globalization;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>SQLite: an idle store brings the statistics for its plans up to date, at most once an hour.</summary>
public sealed class StatisticsOfTheStore
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task An_idle_store_has_statistics_after_an_hour_and_of_grown_tables_after_another()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(30));
        await RecordAsync(portal, Statistics.Every - Moment);
        Assert.Null(await RowsAsync(portal, "pool_vms"));
        await RecordAsync(portal, Moment);
        Assert.Equal(30, await RowsAsync(portal, "pool_vms"));
        // The whole log is in the file afterwards, the statistics too.
        Assert.Equal(0, new FileInfo(LogOf(portal)).Length);
        (await portal.RefreshPoolAsync(Portal.Machines(900))).Expect(200);
        await RecordAsync(portal, Statistics.Every - Moment);
        Assert.Equal(30, await RowsAsync(portal, "pool_vms"));
        await RecordAsync(portal, Moment);
        Assert.NotEqual(30, await RowsAsync(portal, "pool_vms"));
    }

    /// <summary>Pages are read by other connections than the one that updates the statistics.</summary>
    [Fact]
    public async Task Statistics_of_a_table_that_the_writer_only_inserts_into_are_updated_as_well()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        await RecordAsync(portal, Statistics.Every);
        var before = await RowsAsync(portal, "audit");
        Assert.NotNull(before);
        await RecordAsync(portal, ProgressRecorder.After, changes: 200);
        await RecordAsync(portal, Statistics.Every);
        Assert.True(await RowsAsync(portal, "audit") > before + 100);
    }

    [Fact]
    public async Task A_busy_store_is_left_alone()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(30));
        await RecordAsync(portal, ProgressRecorder.After);
        portal.Clock.Advance(Statistics.Every);
        await RecordAsync(portal, ProgressRecorder.After, changes: 60);
        Assert.Null(await RowsAsync(portal, "pool_vms"));
        await RecordAsync(portal, ProgressRecorder.After);
        Assert.Equal(30, await RowsAsync(portal, "pool_vms"));
    }

    [Fact]
    public async Task The_writer_reads_few_rows_for_it()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var most = await portal.Units.RunAsync<long>(
            "test.seed",
            Actor.System("test"),
            async unit => await unit.Statements.ReadAsync("PRAGMA analysis_limit", row => row.GetInt64(0))
        );
        Assert.Equal(400, most.Value);
    }

    /// <summary>Some changes, then time, then the recording that follows them.</summary>
    private static async Task RecordAsync(Portal portal, TimeSpan time, int changes = 1)
    {
        for (var change = 0; change < changes; change++)
            await portal.Units.RunAsync("test.seed", Actor.System("test"), _ => Task.CompletedTask);
        portal.Clock.Advance(time);
        await Assert.IsType<SqliteDatabase>(portal.Database).Progress.Recording;
    }

    private static string LogOf(Portal portal)
    {
        using var db = portal.Database.Read();
        return db.Database.GetDbConnection().DataSource + "-wal";
    }

    /// <returns>Rows of the table as the statistics have them; null without any.</returns>
    private static async Task<long?> RowsAsync(Portal portal, string table)
    {
        const string Any = "SELECT count(*) AS \"Value\" FROM sqlite_master WHERE name = 'sqlite_stat1'";
        const string Sql = "SELECT stat AS \"Value\" FROM sqlite_stat1 WHERE tbl = {0}";
        if (await portal.ReadAsync(d => d.Database.SqlQueryRaw<int>(Any).SingleAsync()) == 0)
            return null;
        var stats = await portal.ReadAsync(d => d.Database.SqlQueryRaw<string>(Sql, table).ToListAsync());
        return stats.Select(s => (long?)long.Parse(s.Split(' ')[0], CultureInfo.InvariantCulture)).Max();
    }
}

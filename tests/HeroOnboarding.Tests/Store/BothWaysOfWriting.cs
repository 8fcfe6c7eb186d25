using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Entity Framework and prepared statements in one unit: each sees earlier changes of the other.</summary>
public sealed class BothWaysOfWriting
{
    private const string Insert = "INSERT INTO meta (key, value) VALUES ($1, $2)";
    private const string Update = "UPDATE meta SET value = $2 WHERE key = $1";
    private const string Select = "SELECT value FROM meta WHERE key = $1";
    private static readonly Actor Tester = new("operator", "tester");

    [Theory, BothDatabases]
    public async Task A_prepared_statement_sees_a_tracked_change(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var seen = await RunAsync(
            portal,
            async unit =>
            {
                unit.Db.Meta.Add(new MetaRow { Key = "test", Value = "tracked" });
                return await unit.Statements.ReadAsync(Select, r => r.GetString(0), "test");
            }
        );
        Assert.Equal("tracked", seen);
    }

    [Theory, BothDatabases]
    public async Task A_query_sees_a_statement_that_waits_also_by_a_context_from_before(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var seen = await RunAsync(
            portal,
            async unit =>
            {
                var context = unit.Db;
                await unit.Statements.EnqueueAsync(Insert, "test", "waits");
                return await context.Meta.Where(m => m.Key == "test").Select(m => m.Value).SingleOrDefaultAsync();
            }
        );
        Assert.Equal("waits", seen);
    }

    [Theory, BothDatabases]
    public async Task A_statement_that_waits_runs_after_the_change_that_was_tracked_before_it(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var seen = await RunAsync(
            portal,
            async unit =>
            {
                var context = unit.Db;
                context.Meta.Add(new MetaRow { Key = "test", Value = "first" });
                await unit.Statements.EnqueueAsync(Update, "test", "second");
                return await context.Meta.Where(m => m.Key == "test").Select(m => m.Value).SingleOrDefaultAsync();
            }
        );
        Assert.Equal("second", seen);
        Assert.Equal(
            "second",
            await portal.ReadAsync(d => d.Meta.Where(m => m.Key == "test").Select(m => m.Value).SingleAsync())
        );
    }

    [Theory, BothDatabases]
    public async Task Prepared_statements_change_and_list_rows_that_are_tracked_only(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var seen = await RunAsync(
            portal,
            async unit =>
            {
                unit.Db.Meta.Add(new MetaRow { Key = "test", Value = "tracked" });
                var touched = await unit.Statements.RunAsync(Update, "test", "updated");
                unit.Db.Meta.Add(new MetaRow { Key = "test2", Value = "tracked" });
                var listed = await unit.Statements.ListAsync(
                    "SELECT value FROM meta WHERE key IN ($1, $2) ORDER BY key",
                    r => r.GetString(0),
                    "test",
                    "test2"
                );
                return $"{touched} {string.Join(' ', listed)}";
            }
        );
        Assert.Equal("1 updated tracked", seen);
    }

    [Theory, BothDatabases]
    public async Task A_change_by_a_query_sees_a_statement_that_waits(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var seen = await RunAsync(
            portal,
            async unit =>
            {
                var context = unit.Db;
                await unit.Statements.EnqueueAsync(Insert, "test", "waits");
                var touched = await context
                    .Meta.Where(m => m.Key == "test")
                    .ExecuteUpdateAsync(set => set.SetProperty(m => m.Value, "updated"));
                return touched + " " + await unit.Statements.ReadAsync(Select, r => r.GetString(0), "test");
            }
        );
        Assert.Equal("1 updated", seen);
    }

    private static async Task<string?> RunAsync(Portal portal, Func<Unit, Task<string?>> work)
    {
        string? seen = null;
        await portal.Units.RunAsync("test.change", Tester, async unit => seen = await work(unit));
        return seen;
    }
}

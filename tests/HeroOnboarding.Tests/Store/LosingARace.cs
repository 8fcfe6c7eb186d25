using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>PostgreSQL runs units concurrently; those that lose a race run again, and their work counts once.</summary>
public sealed class LosingARace
{
    private const string Fail = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$";
    private static readonly Actor Tester = new("operator", "tester");

    [Fact]
    public async Task A_unit_that_ran_twice_counts_once()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        var runs = 0;
        var outcome = await portal.Units.RunAsync<int>(
            "test.change",
            Tester,
            async unit =>
            {
                runs++;
                await OneUnitOfWork.ChangeAsync(unit, "a");
                unit.Note("subject", new { runs });
                if (runs == 1)
                    await unit.Db.Database.ExecuteSqlRawAsync(Fail);
                return runs;
            }
        );
        Assert.Equal((2, 2), (runs, outcome.Value));
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "a"));
        Assert.Equal(
            """{"runs":2}""",
            await portal.ReadAsync(d => d.Audit.Where(r => r.Act == "test.change").Select(r => r.Detail).SingleAsync())
        );
    }

    [Fact]
    public async Task Two_units_in_a_deadlock_both_finish()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        await portal.AcceptsAsync("INSERT INTO meta (key, value) VALUES ('test.x', '0'), ('test.y', '0')");
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        var runs = 0;
        Task CrossAsync(string one, string other, TaskCompletionSource mine, TaskCompletionSource theirs) =>
            portal.Units.RunAsync(
                "test.cross",
                Tester,
                async unit =>
                {
                    Interlocked.Increment(ref runs);
                    await unit.Db.Database.ExecuteSqlRawAsync(
                        "UPDATE meta SET value = (value::int + 1)::text WHERE key = {0}",
                        one
                    );
                    mine.TrySetResult();
                    await theirs.Task;
                    await unit.Db.Database.ExecuteSqlRawAsync(
                        "UPDATE meta SET value = (value::int + 1)::text WHERE key = {0}",
                        other
                    );
                }
            );
        await Task.WhenAll(CrossAsync("test.x", "test.y", first, second), CrossAsync("test.y", "test.x", second, first))
            .WaitAsync(Hanging.Limit);
        Assert.Equal(
            ["2", "2"],
            await portal.ReadAsync(d => d.Meta.Where(m => m.Key.StartsWith("test.")).Select(m => m.Value).ToListAsync())
        );
        Assert.True(runs >= 3, $"{runs} runs: there was no deadlock.");
        Assert.Equal(2, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "test.cross")));
    }

    [Fact]
    public async Task Who_loses_again_and_again_is_told_to_come_back_later()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        var runs = 0;
        await Assert.ThrowsAsync<StoreBusyException>(() =>
            portal.Units.RunAsync(
                "test.change",
                Tester,
                async unit =>
                {
                    runs++;
                    await OneUnitOfWork.ChangeAsync(unit, "a");
                    await unit.Db.Database.ExecuteSqlRawAsync(Fail);
                }
            )
        );
        Assert.Equal(8, runs);
        await OneUnitOfWork.NothingHappenedAsync(portal, "a");
    }

    [Fact]
    public async Task A_mistake_is_not_tried_again()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        var runs = 0;
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() =>
            portal.Units.RunAsync(
                "test.change",
                Tester,
                async unit =>
                {
                    runs++;
                    await unit.Db.Database.ExecuteSqlRawAsync(
                        "INSERT INTO meta (key, value) VALUES ('twice', ''), ('twice', '')"
                    );
                }
            )
        );
        Assert.Equal(1, runs);
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>SQLite: units that wait together share one COMMIT; their outcomes are independent.</summary>
public sealed class GroupCommits
{
    private static readonly Actor Tester = new("operator", "tester");

    [Fact]
    public async Task Units_that_wait_together_are_one_commit_in_order_of_arrival()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var order = new List<int>();
        var seen = new List<int>();
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            order.Add(n);
                            seen.Add(await unit.Db.Meta.CountAsync(m => m.Key.StartsWith("test.")));
                            // Other connections see none of it before the one COMMIT.
                            Assert.Equal(
                                0,
                                await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key.StartsWith("test.")))
                            );
                            await OneUnitOfWork.ChangeAsync(unit, $"{n:00}");
                            return n;
                        }
                    )
                )
        );
        Assert.Equal(Enumerable.Range(0, 20), await Task.WhenAll(units.Select(async u => (await u).Value)));
        Assert.Equal(Enumerable.Range(0, 20), order);
        Assert.Equal(Enumerable.Range(0, 20), seen);
        Assert.Equal(20, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "test.member")));
        Assert.Equal(20, await portal.ReadAsync(d => d.Outbox.CountAsync(r => r.Kind == "test.message")));
    }

    [Fact]
    public async Task Who_is_refused_or_fails_undoes_only_itself()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 9)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            await OneUnitOfWork.ChangeAsync(unit, $"{n}");
                            unit.Db.Meta.Add(new MetaRow { Key = $"test.tracked.{n}", Value = "" });
                            if (n % 3 != 2)
                                await unit.Db.SaveChangesAsync();
                            return (n % 3) switch
                            {
                                0 => n,
                                1 => VmRefusals.PoolEmpty,
                                _ => throw new InvalidTimeZoneException($"unit {n}"),
                            };
                        }
                    )
                )
        );
        for (var n = 0; n < 9; n++)
            if (n % 3 == 0)
                Assert.Equal(n, (await units[n]).Value);
            else if (n % 3 == 1)
                Assert.Equal(VmRefusals.PoolEmpty, (await units[n]).Refusal);
            else
                Assert.Equal($"unit {n}", (await Assert.ThrowsAsync<InvalidTimeZoneException>(() => units[n])).Message);
        Assert.Equal(
            ["test.0", "test.3", "test.6", "test.tracked.0", "test.tracked.3", "test.tracked.6"],
            await portal.ReadAsync(d =>
                d.Meta.Where(m => m.Key.StartsWith("test.")).Select(m => m.Key).Order().ToListAsync()
            )
        );
        Assert.Equal(3, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "test.member")));
        Assert.Equal(3, await portal.ReadAsync(d => d.Outbox.CountAsync(r => r.Kind == "test.message")));
    }

    [Fact]
    public async Task A_statement_that_the_schema_refuses_leaves_the_others_alone()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 3)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            await OneUnitOfWork.ChangeAsync(unit, $"{n}");
                            if (n == 1)
                                await unit.Db.Database.ExecuteSqlRawAsync(
                                    "INSERT INTO meta (key, value) VALUES ('twice', ''), ('twice', '')"
                                );
                            return n;
                        }
                    )
                )
        );
        await Task.WhenAll(units[0], units[2]);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => units[1]);
        Assert.Equal(2, await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key.StartsWith("test."))));
    }

    [Fact]
    public async Task A_commit_that_fails_is_503_for_all_of_its_group_refusals_too_and_for_nobody_else()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var runs = 0;
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 5)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            runs++;
                            await OneUnitOfWork.ChangeAsync(unit, $"{n}");
                            if (n == 3)
                                await DeferAsync(unit);
                            return n == 4 ? VmRefusals.PoolEmpty : n;
                        }
                    )
                )
        );
        foreach (var unit in units)
            await Assert.ThrowsAsync<StoreBusyException>(() => unit);
        Assert.Equal(5, runs);
        Assert.Equal(0, await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key.StartsWith("test."))));
        await portal.Units.RunAsync("test.change", Tester, unit => OneUnitOfWork.ChangeAsync(unit, "after"));
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "after"));
    }

    [Fact]
    public async Task A_disk_that_is_full_is_503_and_loses_nobody_who_was_told_yes()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        await CommitFails.LimitPagesAsync(portal, full: true);
        var large = new string('x', 200_000);
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 5)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            await unit.Db.Database.ExecuteSqlRawAsync(
                                "INSERT INTO meta (key, value) VALUES ({0}, {1})",
                                $"test.{n}",
                                n == 2 ? large : "small"
                            );
                            return n;
                        }
                    )
                )
        );
        await Assert.ThrowsAsync<StoreBusyException>(() => units[2]);
        var yes = (
            await Task.WhenAll(units.Select(async (u, n) => await Record.ExceptionAsync(() => u) is null ? n : -1))
        ).Where(n => n >= 0);
        Assert.Equal(
            yes.Select(n => $"test.{n}"),
            await portal.ReadAsync(d =>
                d.Meta.Where(m => m.Key.StartsWith("test.")).Select(m => m.Key).Order().ToListAsync()
            )
        );
        await CommitFails.LimitPagesAsync(portal, full: false);
        await portal.Units.RunAsync("test.change", Tester, unit => OneUnitOfWork.ChangeAsync(unit, "after"));
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "after"));
    }

    [Fact]
    public async Task A_transaction_that_the_database_ended_by_itself_takes_all_of_its_group_along()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 4)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            await OneUnitOfWork.ChangeAsync(unit, $"{n}");
                            if (n == 2)
                                await unit.Db.Database.ExecuteSqlRawAsync(
                                    "INSERT OR ROLLBACK INTO meta (key, value) VALUES ('twice', ''), ('twice', '')"
                                );
                            return n;
                        }
                    )
                )
        );
        await Assert.ThrowsAsync<StoreBusyException>(() => units[0]);
        await Assert.ThrowsAsync<StoreBusyException>(() => units[1]);
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => units[2]);
        // The last one came after the end of that group, and is part of the next.
        Assert.Equal(3, (await units[3]).Value);
        Assert.Equal(
            ["test.3"],
            await portal.ReadAsync(d => d.Meta.Where(m => m.Key.StartsWith("test.")).Select(m => m.Key).ToListAsync())
        );
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_is_503_and_the_next_group_tries_anew()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        // SQLite answers this connection as it answers one of a read-only file.
        await portal.Units.RunAsync(
            "pool.stage",
            Tester,
            unit => unit.Db.Database.ExecuteSqlRawAsync("PRAGMA query_only = ON")
        );
        await Assert.ThrowsAsync<StoreBusyException>(() =>
            portal.Units.RunAsync("test.change", Tester, unit => OneUnitOfWork.ChangeAsync(unit, "before"))
        );
        await portal.Units.RunAsync("test.change", Tester, unit => OneUnitOfWork.ChangeAsync(unit, "after"));
        Assert.Equal((0, 0), await OneUnitOfWork.FoundAsync(portal, "before"));
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "after"));
    }

    [Fact]
    public async Task A_crash_after_the_commit_is_one_caller_s_and_the_change_stays()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var crashed = 0;
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "after commit" && act == "test.member" && Interlocked.Increment(ref crashed) == 2)
                throw new InvalidTimeZoneException();
        };
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, 3)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            await OneUnitOfWork.ChangeAsync(unit, $"{n}");
                            return n;
                        }
                    )
                )
        );
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => units[1]);
        await Task.WhenAll(units[0], units[2]);
        Assert.Equal(3, await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key.StartsWith("test."))));
    }

    [Fact]
    public async Task More_than_one_commit_s_worth_is_served_in_several()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var visible = new List<int>();
        var units = await portal.TogetherAsync(
            Enumerable
                .Range(0, SqliteGroupCommit.Most + 10)
                .Select(n =>
                    (Func<Unit, Task<Outcome<int>>>)(
                        async unit =>
                        {
                            visible.Add(await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key.StartsWith("test."))));
                            await OneUnitOfWork.ChangeAsync(unit, $"{n}");
                            return n;
                        }
                    )
                )
        );
        await Task.WhenAll(units).WaitAsync(Hanging.Limit);
        Assert.Equal(0, visible[0]);
        Assert.True(visible[^1] > 0, "Everything was one commit.");
        Assert.Equal(
            SqliteGroupCommit.Most + 10,
            await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key.StartsWith("test.")))
        );
    }

    /// <summary>A deferred foreign key, which fails the COMMIT itself.</summary>
    private static async Task DeferAsync(Unit unit)
    {
        await unit.Db.Database.ExecuteSqlRawAsync("PRAGMA defer_foreign_keys = ON");
        await unit.Db.Database.ExecuteSqlRawAsync(
            "INSERT INTO sessions (id_hash, kind, account_sid, created_at, last_seen_at, expires_at) VALUES ('h', "
                + "'customer', 'nobody', 1, 1, 1)"
        );
    }
}

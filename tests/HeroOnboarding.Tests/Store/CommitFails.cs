using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// The database refuses the change: 503 for the caller, nothing half done, and the next change works.
/// </summary>
public sealed class CommitFails
{
    private static readonly Actor Tester = new("operator", "tester");

    [Fact]
    public async Task On_SQLite_a_refused_commit_is_busy_and_leaves_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        await Assert.ThrowsAsync<StoreBusyException>(() =>
            portal.Units.RunAsync(
                "test.change",
                Tester,
                async unit =>
                {
                    await OneUnitOfWork.ChangeAsync(unit, "a");
                    // A deferred foreign key, which fails the COMMIT itself.
                    await unit.Db.Database.ExecuteSqlRawAsync("PRAGMA defer_foreign_keys = ON");
                    await unit.Db.Database.ExecuteSqlRawAsync(
                        "INSERT INTO sessions (id_hash, kind, account_sid, created_at, last_seen_at, expires_at) "
                            + "VALUES ('h', 'customer', 'nobody', 1, 1, 1)"
                    );
                }
            )
        );
        await OneUnitOfWork.NothingHappenedAsync(portal, "a");
        await portal.Units.RunAsync("test.change", Tester, unit => OneUnitOfWork.ChangeAsync(unit, "a"));
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "a"));
    }

    [Fact]
    public async Task On_PostgreSQL_a_connection_lost_before_the_commit_is_503_and_leaves_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Crash.Hook = (point, act) =>
        {
            if (point != "before commit" || act != "vm.allocate")
                return;
            using var other = portal.Database.OpenWrite();
            other.Database.ExecuteSqlRaw(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND "
                    + "state = 'idle in transaction' AND pid <> pg_backend_pid()"
            );
        };
        (await asha.AllocateAsync("key-1")).ExpectRefusal(Refusals.StoreUnreachable);
        portal.Crash.Hook = null;
        Assert.Equal(0, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        Assert.Equal(0, await portal.ReadAsync(d => d.Outbox.CountAsync()));
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
        (await asha.AllocateAsync("key-1")).Expect(201);
    }

    [Fact]
    public async Task A_full_disk_is_503_and_nothing_is_changed()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2));
        await LimitPagesAsync(portal, full: true);
        var refused = (await portal.RefreshPoolAsync(Portal.Machines(900))).ExpectRefusal(Refusals.StoreNotWritable);
        Assert.NotNull(refused.Response.Headers.RetryAfter);
        Assert.Single(
            portal.Log.Lines,
            l =>
                l.StartsWith("Error", StringComparison.Ordinal)
                && l.Contains("Write failed, 1 since the last such line", StringComparison.Ordinal)
                && l.Contains("SQLite 13, the disk is full", StringComparison.Ordinal)
        );
        Assert.Equal(2, await portal.ReadAsync(d => d.PoolVms.CountAsync()));
        await LimitPagesAsync(portal, full: false);
        (await portal.RefreshPoolAsync(Portal.Machines(900))).Expect(200);
        Assert.Equal(900, await portal.ReadAsync(d => d.PoolVms.CountAsync()));
    }

    /// <summary>SQLite's own limit of the file's size, on the connection that all units share.</summary>
    internal static Task LimitPagesAsync(Portal portal, bool full) =>
        portal.Units.RunAsync(
            "pool.stage",
            Tester,
            async unit =>
            {
                var pages = full
                    ? (
                        await unit
                            .Db.Database.SqlQueryRaw<long>("SELECT page_count AS \"Value\" FROM pragma_page_count()")
                            .ToListAsync()
                    ).Single()
                    : 1_000_000_000;
                var now = (
                    await unit.Db.Database.SqlQueryRaw<long>($"PRAGMA max_page_count = {pages}").ToListAsync()
                ).Single();
                Assert.Equal(full, now == pages && now < 10_000);
            }
        );
}

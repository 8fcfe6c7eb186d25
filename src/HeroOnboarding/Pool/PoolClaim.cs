using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>Claims the machine that has been free longest, in one guarded UPDATE.</summary>
internal static class PoolClaim
{
    /// <returns>The machine with its new lease number; null when none is claimable.</returns>
    public static async Task<PoolVm?> TakeAsync(Unit unit, string allocationSid)
    {
        var since = unit.Options<ProbeOptions>().ProvenSince(unit.Now);
        var proven = since is not null;
        var sql = unit.Database.Dialect(Sqlite(proven), Postgres(proven, "FOR NO KEY UPDATE SKIP LOCKED"));
        if (await RunAsync(unit, sql, allocationSid, since) is { } vm)
            return vm;
        // On SQLite no other unit holds a machine while this one runs.
        var waiting = unit.Database.Dialect("", Postgres(proven, "FOR NO KEY UPDATE"));
        if (waiting.Length == 0 || !await AnyAsync(unit.Db, since))
            return null;
        // Free machines exist, but other units hold their locks (a refresh, other claims): waits for them, for
        // a limited time.
        await unit.Db.Database.ExecuteSqlRawAsync("SET LOCAL lock_timeout = '3s'");
        do
        {
            if (await RunAsync(unit, waiting, allocationSid, since) is { } waited)
                return waited;
        } while (await AnyAsync(unit.Db, since));
        return null;
    }

    private static Task<PoolVm?> RunAsync(Unit unit, string sql, string allocationSid, DateTimeOffset? since)
    {
        var row = RowMapper<PoolVm>.In(unit.Database);
        return since is { } proven
            ? unit.Statements.ReadAsync($"{sql} {row.Columns}", row.Read, allocationSid, Instants.ToMicros(proven))
            : unit.Statements.ReadAsync($"{sql} {row.Columns}", row.Read, allocationSid);
    }

    private static Task<bool> AnyAsync(OnboardingDb db, DateTimeOffset? since) =>
        db.PoolVms.Claimable(since).AnyAsync();

    /// <summary>
    /// Names the index: without statistics (as in a new store) SQLite reads and sorts the whole pool instead, 150,000
    /// steps for 10,000 machines.
    /// </summary>
    /// <param name="proven">Only machines whose last good probe is not older than <c>$2</c>.</param>
    private static string Sqlite(bool proven) =>
        $$"""
            UPDATE pool_vms SET allocation_sid = $1, lease_number = lease_number + 1
            WHERE id = (SELECT id FROM pool_vms INDEXED BY {{(
                proven ? "ix_pool_vms_proven" : "ix_pool_vms_claimable"
            )}} WHERE {{PoolFeature.ClaimGate(proven)}} ORDER BY free_since, id LIMIT 1)
              AND {{PoolFeature.ClaimGate(proven)}}
            RETURNING
            """;

    /// <param name="locking">Whether to skip locked machines or to wait for them: a refresh may hold every free machine
    /// for a moment.</param>
    private static string Postgres(bool proven, string locking) =>
        $$"""
            UPDATE pool_vms SET allocation_sid = $1, lease_number = lease_number + 1
            WHERE id = (SELECT id FROM pool_vms WHERE {{PoolFeature.ClaimGate(
                proven
            )}} ORDER BY free_since, id LIMIT 1 {{locking}})
              AND {{PoolFeature.ClaimGate(proven)}}
            RETURNING
            """;
}

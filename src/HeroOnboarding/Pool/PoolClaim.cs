using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Takes the machine that has been free longest, in one guarded UPDATE. The database decides who gets it.
/// </summary>
internal static class PoolClaim
{
    /// <returns>The machine with its new lease number, or null when none is claimable.</returns>
    public static async Task<PoolVm?> TakeAsync(Unit unit, string allocationSid)
    {
        var since = unit.Options<ProbeOptions>().ProvenSince(unit.Now);
        if (await RunAsync(unit, unit.Database.ClaimSql(since is not null), allocationSid, since) is { } vm)
            return vm;
        if (unit.Database.ClaimWaitingSql(since is not null) is not { } waiting || !await AnyAsync(unit.Db, since))
            return null;
        // Free machines exist, others hold their locks (a refresh, other claims): wait for them, but not for ever.
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
}

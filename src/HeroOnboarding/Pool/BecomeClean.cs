using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// The SQL that sets a machine to <see cref="PoolCondition.Clean"/>. A clean machine has no history: no reason, no
/// quarantine, no failed erasures and no missed probes, so it takes <see cref="ProbePool.MissesToQuarantine"/> new
/// misses to quarantine it.
/// </summary>
/// <remarks>
/// Used by <see cref="ReadyVm"/>, <see cref="QuarantineVm"/>, <see cref="RefreshPool"/> (wiped_lease) and the release
/// of a sample machine (<see cref="PoolAssignmentProvisioner"/>). New machines are clean by their INSERT.
/// </remarks>
internal static class BecomeClean
{
    private static readonly string OneSql = $$"""
        UPDATE pool_vms SET {{Columns("{1}")}}
        WHERE id = {0} AND allocation_sid IS NULL
          AND (condition = 'recycling' OR (condition = 'quarantined' AND {2} = 1))
        """;

    /// <summary>The columns of an UPDATE of <c>pool_vms</c> that ends recycling or a quarantine.</summary>
    /// <param name="now">SQL for the current instant in microseconds, which becomes
    /// the machine's <c>free_since</c>.</param>
    /// <param name="condition">SQL for the new condition: a lifted quarantine may lead back to recycling.</param>
    public static string Columns(string now, string condition = "'clean'") =>
        $"condition = {condition}, free_since = {now}, condition_reason = NULL, quarantined_at = NULL, "
        + "wipe_failures = 0, probe_misses = 0";

    /// <summary>
    /// Makes one unheld machine clean, from recycling or, with <paramref name="lift"/>, from quarantine.
    /// </summary>
    /// <returns>False when it is in neither condition; nothing was changed then.</returns>
    public static async Task<bool> InUnitAsync(Unit unit, string poolVmId, bool lift) =>
        await unit.Db.Database.ExecuteSqlRawAsync(OneSql, poolVmId, Instants.ToMicros(unit.Now), lift ? 1 : 0) == 1;
}

using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// The state of a machine for operators: who holds it, otherwise what keeps it from being handed out, otherwise free.
/// Unproven: it has not answered a recent probe.
/// </summary>
public enum PoolState
{
    Free,
    Held,
    Recycling,
    Quarantined,
    Maintenance,
    Unproven,
    Unlisted,
}

/// <summary>The number of machines in each state.</summary>
public sealed record PoolCounts(
    int Free,
    int Held,
    int Recycling,
    int Quarantined,
    int Maintenance,
    int Unproven,
    int Unlisted,
    int Listed
)
{
    /// <summary>
    /// True when few machines are free: <c>POOL_LOW_WATER</c> or fewer; without that setting a tenth of the listed
    /// ones or fewer.
    /// </summary>
    public bool IsLow(PoolOptions pool) =>
        pool.PoolLowWater is { } mark ? Free <= mark : Listed > 0 && Free * 10 <= Listed;

    /// <summary>
    /// True when most of the machines that should be free do not answer: a fault of the portal's network is more likely
    /// than of theirs.
    /// </summary>
    public bool IsSilent => Unproven > Free;

    /// <param name="provenSince">Null while machines are not probed.</param>
    public static async Task<PoolCounts> ReadAsync(
        OnboardingDb db,
        DateTimeOffset? provenSince,
        CancellationToken cancel
    )
    {
        var (probed, since) = (provenSince is not null, provenSince ?? DateTimeOffset.UnixEpoch);
        var groups = await db
            .PoolVms.GroupBy(vm => new
            {
                vm.Listed,
                vm.Status,
                vm.Condition,
                Held = vm.AllocationSid != null,
                Proven = !probed || (vm.Proven && vm.ProbeGoodAt >= since),
            })
            .Select(g => new
            {
                g.Key.Listed,
                g.Key.Status,
                g.Key.Condition,
                g.Key.Held,
                g.Key.Proven,
                Count = g.Count(),
            })
            .ToListAsync(cancel);
        int Count(PoolState state) =>
            groups
                .Where(g => state == PoolStates.Of(g.Held, g.Condition, g.Listed, g.Status, g.Proven))
                .Sum(g => g.Count);
        return new(
            Count(PoolState.Free),
            Count(PoolState.Held),
            Count(PoolState.Recycling),
            Count(PoolState.Quarantined),
            Count(PoolState.Maintenance),
            Count(PoolState.Unproven),
            Count(PoolState.Unlisted),
            groups.Where(g => g.Listed).Sum(g => g.Count)
        );
    }
}

/// <summary>The rule for the state of a machine, in memory and in the database.</summary>
public static class PoolStates
{
    public static PoolState Of(PoolVm vm, DateTimeOffset? provenSince) =>
        Of(
            vm.AllocationSid is not null,
            vm.Condition,
            vm.Listed,
            vm.Status,
            provenSince is null || (vm.Proven && vm.ProbeGoodAt >= provenSince)
        );

    internal static PoolState Of(bool held, PoolCondition condition, bool listed, PoolStatus status, bool proven) =>
        held ? PoolState.Held
        : condition == PoolCondition.Quarantined ? PoolState.Quarantined
        : condition == PoolCondition.Recycling ? PoolState.Recycling
        : !listed ? PoolState.Unlisted
        : status == PoolStatus.Maintenance ? PoolState.Maintenance
        : !proven ? PoolState.Unproven
        : PoolState.Free;

    /// <summary>The same rule as a query.</summary>
    public static IQueryable<PoolVm> In(this IQueryable<PoolVm> rows, PoolState state, DateTimeOffset? provenSince)
    {
        var clean = rows.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Clean);
        return state switch
        {
            PoolState.Held => rows.Where(vm => vm.AllocationSid != null),
            PoolState.Quarantined => rows.Where(vm =>
                vm.AllocationSid == null && vm.Condition == PoolCondition.Quarantined
            ),
            PoolState.Recycling => rows.Where(vm =>
                vm.AllocationSid == null && vm.Condition == PoolCondition.Recycling
            ),
            PoolState.Unlisted => clean.Where(vm => !vm.Listed),
            PoolState.Maintenance => clean.Where(vm => vm.Listed && vm.Status == PoolStatus.Maintenance),
            PoolState.Unproven => provenSince is null
                ? rows.Where(vm => false)
                : clean.Where(vm =>
                    vm.Listed
                    && vm.Status == PoolStatus.Available
                    && (!vm.Proven || vm.ProbeGoodAt == null || vm.ProbeGoodAt < provenSince)
                ),
            _ => rows.Claimable(provenSince),
        };
    }
}

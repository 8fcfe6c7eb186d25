using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// The machines that could be handed out at this instant. For display only: the claim itself decides.
/// </summary>
public static class FreeMachines
{
    /// <param name="provenSince">While machines are probed: only those that have answered since then.</param>
    public static IQueryable<PoolVm> Claimable(this IQueryable<PoolVm> machines, DateTimeOffset? provenSince = null)
    {
        var free = machines.Where(vm =>
            vm.Listed
            && vm.Status == PoolStatus.Available
            && vm.Condition == PoolCondition.Clean
            && vm.AllocationSid == null
        );
        return provenSince is null ? free : free.Where(vm => vm.Proven && vm.ProbeGoodAt >= provenSince);
    }

    /// <summary>The free machines of the pool, for pages.</summary>
    internal static Supply Supply(PoolOptions pool, ProbeOptions probes)
    {
        var gate = PoolFeature.ClaimGate(probes.IsOn);
        return new(
            pool.HasPool,
            (db, now, cancel) =>
                db
                    .PoolVms.Claimable(probes.ProvenSince(now))
                    .OrderBy(vm => vm.FreeSince)
                    .ThenBy(vm => vm.Id)
                    .Take(Vms.Supply.MostCounted)
                    .CountAsync(cancel),
            $"(SELECT count(*) FROM (SELECT id FROM pool_vms WHERE {gate} ORDER BY free_since, id "
                + $"LIMIT {Vms.Supply.MostCounted}) found)",
            now => probes.ProvenSince(now) ?? now
        );
    }
}

namespace HeroOnboarding.Pool;

/// <summary>Which machines could be handed out now; a guess for pages, since only the claim itself decides.</summary>
public static class FreeMachines
{
    /// <param name="provenSince">While machines are probed: only those that answered since then.</param>
    public static IQueryable<PoolVm> Claimable(this IQueryable<PoolVm> machines, DateTimeOffset? provenSince = null)
    {
        var free = machines.Where(vm => vm.Listed && vm.Status == PoolStatus.Available && vm.Condition == PoolCondition.Clean && vm.AllocationSid == null);
        return provenSince is null ? free : free.Where(vm => vm.Proven && vm.ProbeGoodAt >= provenSince);
    }
}

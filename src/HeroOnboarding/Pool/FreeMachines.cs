namespace HeroOnboarding.Pool;

/// <summary>Which machines could be handed out now; a guess for pages, since only the claim itself decides.</summary>
public static class FreeMachines
{
    public static IQueryable<PoolVm> Claimable(this IQueryable<PoolVm> machines) =>
        machines.Where(vm => vm.Listed && vm.Status == PoolStatus.Available && vm.Condition == PoolCondition.Clean && vm.AllocationSid == null);
}

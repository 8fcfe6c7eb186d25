using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>Which machines could be handed out now; a guess for pages, since only the claim itself decides.</summary>
public static class FreeMachines
{
    /// <summary>More are not counted for customers.</summary>
    private const int Told = 100;

    /// <summary>One more than is told.</summary>
    internal const int MostCounted = Told + 1;

    /// <param name="provenSince">While machines are probed: only those that answered since then.</param>
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

    /// <summary>
    /// How many are free, as far as customers are told: whether it is a hundred or ten thousand changes nothing for
    /// them, and counting them all takes time on every page.
    /// </summary>
    public static Task<int> CountFreeAsync(
        this IQueryable<PoolVm> machines,
        DateTimeOffset? provenSince,
        CancellationToken cancel
    ) =>
        machines
            .Claimable(provenSince)
            .OrderBy(vm => vm.FreeSince)
            .ThenBy(vm => vm.Id)
            .Take(MostCounted)
            .CountAsync(cancel);

    /// <param name="free">As counted here.</param>
    public static string Say(int free) =>
        free switch
        {
            0 => "No machine free right now",
            > Told => $"More than {Told} machines free now",
            _ => Show.Count(free, "machine") + " free now",
        };
}

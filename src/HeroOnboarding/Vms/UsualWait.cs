using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>
/// How long it usually takes until a released machine is erased and free again, for customers who find no free machine.
/// </summary>
public static class UsualWait
{
    /// <summary>
    /// The number of latest leases that are read, of erasures that are counted, and the fewest for an answer.
    /// </summary>
    private const int MostRead = 200,
        Counted = 50,
        Least = 3;

    /// <returns>The median of the latest 50 erasures; null with fewer than 3.</returns>
    public static async Task<TimeSpan?> ReadAsync(OnboardingDb db, CancellationToken cancel)
    {
        var latest = await db
            .VmAllocations.Where(a => a.Status == AllocationStatus.Released)
            .OrderByDescending(a => a.Sid)
            .Take(MostRead)
            .Select(a => new { a.ReleasedAt, a.ErasedAt })
            .ToListAsync(cancel);
        return Of(
            latest
                .Where(a => a.ErasedAt is not null && a.ReleasedAt is not null)
                .OrderByDescending(a => a.ErasedAt)
                .Take(Counted)
                .Select(a => a.ErasedAt!.Value - a.ReleasedAt!.Value)
        );
    }

    internal static TimeSpan? Of(IEnumerable<TimeSpan> waits)
    {
        var sorted = waits.Select(w => w < TimeSpan.Zero ? TimeSpan.Zero : w).Order().ToList();
        return sorted.Count < Least ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>"A machine usually comes back within about 5 minutes."</summary>
    public static string Say(TimeSpan wait) => "A machine usually comes back within about " + Span(wait) + ".";

    /// <summary>Rounded up: a machine that is free early is no disappointment.</summary>
    private static string Span(TimeSpan wait) =>
        wait <= TimeSpan.FromMinutes(1) ? "a minute"
        : wait <= TimeSpan.FromMinutes(119) ? $"{Math.Ceiling(wait.TotalMinutes)} minutes"
        : wait <= TimeSpan.FromHours(47) ? $"{Math.Ceiling(wait.TotalHours)} hours"
        : $"{Math.Ceiling(wait.TotalDays)} days";
}

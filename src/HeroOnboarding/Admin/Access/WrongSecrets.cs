using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// Wrong operator secrets and tokens, counted per minute for all clients and instances together. A few are
/// typing errors; more than <see cref="AlarmAbove"/> within an hour mean a program with an old secret, or an
/// attacker who guesses.
/// </summary>
internal static class WrongSecrets
{
    /// <summary>
    /// The key of the counter in the store. <see cref="PruneStore"/> keeps such counters for an hour.
    /// </summary>
    internal const string Key = "admin.fail";

    /// <summary>More within an hour raise an alarm; more within a minute are logged immediately.</summary>
    internal const int AlarmAbove = 30;

    /// <returns>The number within the last hour; null if it does not exceed the limit.</returns>
    public static async Task<int?> FindAsync(OnboardingDb db, DateTimeOffset now, CancellationToken cancel)
    {
        var since = now.AddHours(-1);
        var count = await db.Rates.Where(r => r.Key == Key && r.WindowStart >= since).SumAsync(r => r.Count, cancel);
        return count > AlarmAbove ? count : null;
    }

    /// <summary>The sentence for overview and alarm. The counter of a minute stops just above the limit.</summary>
    public static string Say(int count) =>
        $"At least {count:N0} wrong operator secrets or tokens within the last hour: a program has an old one, or "
        + "somebody guesses.";
}

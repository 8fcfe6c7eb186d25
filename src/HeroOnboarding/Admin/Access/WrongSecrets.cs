using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// Wrong operator secrets and tokens, counted per minute for all clients and instances together. Few are typing errors;
/// more than <see cref="AlarmAbove"/> within an hour are a program with an old secret, or somebody who guesses.
/// </summary>
internal static class WrongSecrets
{
    /// <summary>Key of the count in the store. <see cref="PruneStore"/> keeps such counts for an hour.</summary>
    internal const string Key = "admin.fail";

    /// <summary>More within an hour are an alarm; more within a minute a line in the log at once.</summary>
    internal const int AlarmAbove = 30;

    /// <returns>How many came within the last hour; null while they are too few to speak of.</returns>
    public static async Task<int?> FindAsync(OnboardingDb db, DateTimeOffset now, CancellationToken cancel)
    {
        var since = now.AddHours(-1);
        var count = await db.Rates.Where(r => r.Key == Key && r.WindowStart >= since).SumAsync(r => r.Count, cancel);
        return count > AlarmAbove ? count : null;
    }

    /// <summary>One sentence for overview and alarm. A minute counts no further than just above the limit.</summary>
    public static string Say(int count) =>
        $"At least {count:N0} wrong operator secrets or tokens within the last hour: a program has an old one, or "
        + "somebody guesses.";
}

using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts;

/// <summary>When a session or a token was last used: noted at most every five minutes, and never in the way, so that a page can be read while nothing can be written.</summary>
internal static class LastUse
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    /// <param name="last">What the store says; null when it was never used.</param>
    /// <param name="note">Sets the new time where the old one is before the time it is given.</param>
    public static async Task NoteAsync(Writer writer, string act, DateTimeOffset? last, DateTimeOffset now, Func<Unit, DateTimeOffset, Task> note)
    {
        if (last is { } before && before + Every >= now)
            return;
        try
        {
            await writer.RunAsync(act, SystemActors.Sessions, unit => note(unit, unit.Now - Every), CancellationToken.None);
        }
        catch (StoreBusyException)
        {
            // The next request tries again.
        }
    }
}

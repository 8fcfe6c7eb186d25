namespace HeroOnboarding.Vms;

/// <summary>
/// Holds the clock on the wall against the one that only counts on. They drift apart when somebody sets the clock, or while the computer sleeps: then "expired"
/// may be true for everybody at once.
/// </summary>
public sealed class ClockWatch(TimeProvider clock)
{
    private readonly Lock one = new();
    private DateTimeOffset wall = clock.GetUtcNow();
    private long steady = clock.GetTimestamp();

    /// <summary>How far the wall clock has moved by itself since the last look; looking begins anew.</summary>
    public TimeSpan Look()
    {
        lock (one)
        {
            var (now, count) = (clock.GetUtcNow(), clock.GetTimestamp());
            var drift = now - wall - clock.GetElapsedTime(steady, count);
            (wall, steady) = (now, count);
            return drift;
        }
    }
}

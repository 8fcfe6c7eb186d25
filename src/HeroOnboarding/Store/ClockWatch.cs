namespace HeroOnboarding.Store;

/// <summary>
/// Compares the wall clock with the monotonic clock of this process and, if there is one, with the clock of a database
/// on another computer. Not thread safe; <see cref="ClockBrake"/> serializes its calls.
/// </summary>
/// <remarks>
/// The monotonic clock cannot distinguish a wrong clock from a computer that slept: both look like a jump. The clock of
/// a database can. Without one, a difference of at most <see cref="LongestSleep"/> is taken for sleep or downtime and
/// the wall clock is trusted again from then on; a larger difference is never trusted without an operator.
/// </remarks>
internal sealed class ClockWatch(TimeProvider clock)
{
    /// <summary>The largest difference between two clocks that agree.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(15);

    /// <summary>
    /// The largest difference that counts as sleep where there is no database clock: a weekend. A larger one stands
    /// until an operator decides or the clock is set right.
    /// </summary>
    public static readonly TimeSpan LongestSleep = TimeSpan.FromDays(3);

    private (DateTimeOffset Wall, long Steady)? last;
    private DateTimeOffset expected;
    private TimeSpan accepted;

    /// <summary>Reads the clocks and compares them.</summary>
    /// <param name="database">The clock of a database on another computer; null where there is none.</param>
    /// <param name="seen">For the first comparison of a process: the newest instant that the store knows.</param>
    /// <returns>How the clocks disagree, as a sentence; null when they agree.</returns>
    public string? Compare(DateTimeOffset? database, DateTimeOffset? seen)
    {
        var (now, steady) = (clock.Now(), clock.GetTimestamp());
        var passed = last is { } before ? clock.GetElapsedTime(before.Steady, steady) : TimeSpan.Zero;
        var jump = last is { } from ? now - from.Wall - passed : TimeSpan.Zero;
        var isFirst = last is null;
        expected = isFirst ? seen ?? now : expected + passed;
        last = (now, steady);
        var off = database is { } theirs ? now - theirs - accepted : now - expected;
        if (database is not null || off.Duration() <= LongestSleep)
            expected = now;
        if (jump.Duration() > Tolerance)
        {
            var way = jump > TimeSpan.Zero ? "forward" : "back";
            return $"The clock jumped by {Words.Span(jump.Duration())} {way}, seen at {Instants.Utc(now)}.";
        }
        if (off.Duration() <= Tolerance)
            return null;
        var side = off > TimeSpan.Zero ? "ahead of" : "behind";
        var other =
            database is not null ? "the database's clock"
            : isFirst ? "when this store was last in use"
            : "where it should be";
        return $"The clock is {Words.Span(off.Duration())} {side} {other}, seen at {Instants.Utc(now)}.";
    }

    /// <summary>
    /// Accepts the wall clock as an operator's decision: later comparisons start from what it shows at this instant.
    /// </summary>
    public void Accept(DateTimeOffset? database)
    {
        var now = clock.Now();
        (last, expected) = ((now, clock.GetTimestamp()), now);
        accepted = database is { } theirs ? now - theirs : TimeSpan.Zero;
    }
}

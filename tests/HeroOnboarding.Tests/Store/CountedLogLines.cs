using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Stores;

/// <summary>One log line per key and window, and how many times it happened since the line before.</summary>
public sealed class CountedLogLines
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider clock = new();
    private readonly LogThrottle throttle;

    public CountedLogLines() => throttle = new(clock);

    [Fact]
    public void The_first_line_after_a_window_counts_what_had_none()
    {
        Assert.Equal(1, throttle.Take("one", Minute));
        clock.Advance(Minute - TimeSpan.FromTicks(1));
        Assert.Equal(0, throttle.Take("one", Minute));
        Assert.Equal(1, throttle.Take("another", Minute));
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, throttle.Take("one", Minute));
        Assert.Equal(0, throttle.Take("one", Minute));
    }

    /// <summary>A wrong clock that is put right must not silence the log until that time comes again.</summary>
    [Fact]
    public void After_the_clock_was_set_back_the_next_one_has_a_line()
    {
        Assert.Equal(1, throttle.Take("one", Minute));
        Assert.Equal(0, throttle.Take("one", Minute));
        clock.AdjustTime(clock.GetUtcNow() - TimeSpan.FromDays(1));
        Assert.Equal(2, throttle.Take("one", Minute));
        Assert.Equal(0, throttle.Take("one", Minute));
    }
}

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// The one limit of real time in the tests. It only ends a test that hangs; no assertion measures it. It is long enough
/// for a computer twenty times slower than usual.
/// </summary>
internal static class Hanging
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="what">What is waited for, as it reads after "Waited too long for: ".</param>
    /// <param name="come">Whether it has come.</param>
    /// <param name="state">What has come so far, for the message.</param>
    /// <param name="more">Time that passes on purpose; it is added to the limit.</param>
    /// <param name="every">How often it is asked; every 50 milliseconds if not said otherwise.</param>
    public static async Task WaitAsync(
        string what,
        Func<Task<bool>> come,
        Func<string>? state = null,
        TimeSpan more = default,
        TimeSpan? every = null
    )
    {
        var (clock, pause) = (TimeProvider.System, every ?? TimeSpan.FromMilliseconds(50));
        for (var since = clock.GetTimestamp(); !await come(); await Task.Delay(pause))
            Assert.True(clock.GetElapsedTime(since) < Limit + more, $"Waited too long for: {what}. {state?.Invoke()}");
    }
}

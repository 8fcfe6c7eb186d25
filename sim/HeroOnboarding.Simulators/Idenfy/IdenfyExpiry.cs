using System.Collections.Concurrent;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>One timer for each check without a verdict; it ends the check at <see cref="IdenfyScan.EndsAt"/>.</summary>
/// <param name="expire">Ends a check whose time is up.</param>
internal sealed class IdenfyExpiry(TimeProvider time, IdenfyScans scans, Func<string, Task> expire) : IAsyncDisposable
{
    // The longest timer of .NET is 49 days. A check that ends later gets another timer afterwards.
    private const long MostTicks = TimeSpan.TicksPerDay * 40;

    private readonly ConcurrentDictionary<string, ITimer> timers = new(StringComparer.Ordinal);

    public void Start(IdenfyScan scan) =>
        timers[scan.ScanRef] = time.CreateTimer(
            _ => OnTimer(scan.ScanRef),
            state: null,
            Left(scan),
            Timeout.InfiniteTimeSpan
        );

    /// <summary>The end of the check has moved.</summary>
    public void Restart(IdenfyScan scan)
    {
        if (timers.TryGetValue(scan.ScanRef, out var timer))
            timer.Change(Left(scan), Timeout.InfiniteTimeSpan);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var timer in timers.Values)
            await timer.DisposeAsync();
    }

    private void OnTimer(string scanRef)
    {
        var scan = scans.ByRef(scanRef)!;
        if (scan.Verdict is not null)
            return;
        if (Left(scan) > TimeSpan.Zero)
            Restart(scan);
        else
            _ = expire(scanRef);
    }

    private TimeSpan Left(IdenfyScan scan) =>
        TimeSpan.FromTicks(Math.Clamp((scan.EndsAt - time.GetUtcNow()).Ticks, 0, MostTicks));
}

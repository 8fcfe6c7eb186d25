using System.Collections.Concurrent;

namespace HeroOnboarding.Common;

/// <summary>
/// Allows one log line per key and window, and counts the suppressed ones, so that clients cannot fill the log.
/// </summary>
public sealed class LogThrottle(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Window> windows = new(StringComparer.Ordinal);

    /// <param name="key">One of a bounded number of texts; never a text that a caller chose.</param>
    /// <param name="length">The time from an allowed line until the next one.</param>
    /// <returns>The number of events since the last line, this one included; 0 when this event gets no line.</returns>
    public long Take(string key, TimeSpan length) =>
        windows.GetOrAdd(key, _ => new Window()).Take(clock.GetUtcNow(), length);

    private sealed class Window
    {
        private readonly Lock gate = new();
        private DateTimeOffset from = DateTimeOffset.MinValue;
        private long waiting;

        public long Take(DateTimeOffset now, TimeSpan length)
        {
            lock (gate)
            {
                waiting++;
                // A clock that was set back also opens a new window.
                if (now >= from && now - from < length)
                    return 0;
                from = now;
                var count = waiting;
                waiting = 0;
                return count;
            }
        }
    }
}

using System.Collections.Concurrent;

namespace HeroOnboarding.Common;

/// <summary>Lets one log line per key and window through, and counts the others, so that nobody can fill the log from
/// outside.</summary>
public sealed class LogThrottle(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Window> windows = new(StringComparer.Ordinal);

    /// <param name="key">One of a bounded number of texts; nothing that a caller chooses.</param>
    /// <param name="length">From a line that is let through until the next one may be.</param>
    /// <returns>How many happened since the last line, this one included; 0 when this one gets no line.</returns>
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
                // A clock that was set back opens a new window as well.
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

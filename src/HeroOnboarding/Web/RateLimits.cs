using System.Collections.Concurrent;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>Requests per minute, counted in the store so that all instances share the count and the clock can be moved in tests.</summary>
public sealed class RateLimits(Writer writer, TimeProvider clock)
{
    private const int Remembered = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>Keys that are over their limit until then. The count only grows within a window, so no more needs writing: refusals cost no commit.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> over = new(StringComparer.Ordinal);

    /// <param name="crossed">Called once, by the request that is the first over the limit in this window.</param>
    /// <returns>Null while within the limit; else <c>rate.limited</c> with the time the window ends.</returns>
    public async Task<Refusal?> HitAsync(string key, int most, Action? crossed = null)
    {
        if (IsOver(key) is { } already)
            return already;
        var outcome = await writer.RunAsync<(int Count, DateTimeOffset End, DateTimeOffset Now)>("rates.hit", SystemActors.Rates, async unit =>
        {
            var window = Instants.FromMicros(Instants.ToMicros(unit.Now) / 60_000_000 * 60_000_000);
            var count = await unit.Prepared.ReadAsync(
                """
                INSERT INTO rates (key, window_start, count) VALUES ($1, $2, 1)
                ON CONFLICT (key, window_start) DO UPDATE SET count = rates.count + 1 RETURNING count
                """, r => r.GetInt32(0), key, Instants.ToMicros(window));
            return (count, window + Window, unit.Now);
        });
        var (count, end, now) = outcome.Value;
        if (count <= most)
            return null;
        if (count == most + 1)
            crossed?.Invoke();
        Remember(key, end, now);
        return Refusals.RateLimited with { RetryAfter = end - now };
    }

    /// <summary>The refusal, without counting, while this instance knows that the key is over its limit.</summary>
    public Refusal? IsOver(string key)
    {
        if (!over.TryGetValue(key, out var end))
            return null;
        var now = clock.Now();
        if (now < end)
            return Refusals.RateLimited with { RetryAfter = end - now };
        over.TryRemove(new KeyValuePair<string, DateTimeOffset>(key, end));
        return null;
    }

    private void Remember(string key, DateTimeOffset end, DateTimeOffset now)
    {
        if (over.Count >= Remembered)
            foreach (var old in over.Where(o => o.Value <= now))
                over.TryRemove(old);
        if (over.Count < Remembered)
            over[key] = end;
    }
}

/// <summary>Declared above a route: counted per account, or per client address where nobody is signed in.</summary>
public sealed record RateLimit(string Name, Func<Settings, int> PerMinute);

/// <summary>Declared above a route: the largest body it takes, in bytes.</summary>
public sealed record BodyLimit(long Bytes)
{
    public const long Form = 16 * 1024;
    public const long Webhook = 256 * 1024;

    /// <summary>Names of many machines.</summary>
    public const long Many = 64 * 1024;

    public const long Pool = 32 * 1024 * 1024;
}

/// <summary>Declared above a route that other systems call without a browser: its own signature or secret protects it, not antiforgery.</summary>
public sealed record NotForBrowsers;

public static class RouteMarks
{
    public static TBuilder LimitRate<TBuilder>(this TBuilder route, string name, Func<Settings, int>? perMinute = null) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RateLimit(name, perMinute ?? (s => s.RequestsPerMinute)));

    public static TBuilder LimitBody<TBuilder>(this TBuilder route, long bytes) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyLimit(bytes));
}

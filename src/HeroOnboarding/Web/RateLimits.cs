using System.Collections.Concurrent;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// Requests per minute, counted in the store so that all instances share the count and the clock can be moved in tests.
/// </summary>
public sealed class RateLimits(UnitOfWorkRunner writer, TimeProvider clock)
{
    private const int Remembered = 10_000;

    /// <summary>
    /// Keys that are over their limit until then. The count only grows within a window, so no more needs writing:
    /// refusals cost no commit.
    /// </summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> over = new(StringComparer.Ordinal);

    /// <param name="crossed">Called once, by the request that is the first over the limit in this window.</param>
    /// <returns>Null while within the limit; else <c>rate.limited</c> with the time the window ends.</returns>
    public async Task<Refusal?> HitAsync(string key, int most, Action? crossed = null)
    {
        if (IsOver(key) is { } already)
            return already;
        var count = new RequestCount(key, most);
        await writer.RunAsync("rates.hit", SystemActors.Rates, count.WriteAsync);
        if (count.IsFirstOver)
            crossed?.Invoke();
        return Judge(count);
    }

    /// <summary>
    /// Runs a request that counts. The first unit that it asks for counts it in its own commit; whoever asks for none,
    /// since it was refused before, is counted alone, before
    /// the answer goes out.
    /// </summary>
    /// <returns>Null when it was within the limit and has run; else <c>rate.limited</c>, and nothing has been
    /// done.</returns>
    public async Task<Refusal?> RunAsync(HttpContext http, string key, int most, RequestDelegate request)
    {
        if (IsOver(key) is { } already)
            return already;
        var count = new RequestCount(key, most);
        http.Response.OnStarting(() => count.IsTaken ? Task.CompletedTask : CountAloneAsync(count));
        http.Features.Set(count);
        try
        {
            await request(http);
            return null;
        }
        catch (TooManyRequestsException)
        {
            return Judge(count);
        }
        finally
        {
            http.Features.Set<RequestCount>(null);
        }
    }

    private async Task CountAloneAsync(RequestCount count)
    {
        try
        {
            await writer.RunAsync("rates.hit", SystemActors.Rates, count.WriteAsync);
            Judge(count);
        }
        catch (StoreBusyException)
        {
            // Nothing was done for this request, and nothing can be counted.
        }
    }

    private Refusal? Judge(RequestCount count)
    {
        if (!count.IsOver)
            return null;
        Remember(count.Key, count.Time.End, count.Time.At);
        return Refusals.RateLimited with { RetryAfter = count.Time.End - count.Time.At };
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
public sealed record RateLimit(string Name, Func<RateLimitOptions, int> PerMinute);

/// <summary>Declared above a route: the largest body it takes, in bytes.</summary>
public sealed record BodyLimit(long Bytes)
{
    public const long Form = 16 * 1024;
    public const long Webhook = 256 * 1024;

    /// <summary>Names of many machines.</summary>
    public const long Many = 64 * 1024;

    public const long Pool = 32 * 1024 * 1024;
}

/// <summary>
/// Declared above a route that other systems call without a browser: its own signature or secret protects it, not
/// antiforgery.
/// </summary>
public sealed record NotForBrowsers;

public static class RouteMarks
{
    public static TBuilder LimitRate<TBuilder>(
        this TBuilder route,
        string name,
        Func<RateLimitOptions, int>? perMinute = null
    )
        where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RateLimit(name, perMinute ?? (s => s.RequestsPerMinute)));

    /// <summary>A machine token with one of these scopes may call the route.</summary>
    public static TBuilder ForScope<TBuilder>(this TBuilder route, params string[] scopes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new Scope(scopes));

    public static TBuilder LimitBody<TBuilder>(this TBuilder route, long bytes)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyLimit(bytes));
}

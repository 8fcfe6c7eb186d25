using System.Collections.Concurrent;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// Limits requests per minute. The counters are in the store, so that all instances share them and tests can
/// move the clock.
/// </summary>
public sealed class RateLimits(UnitOfWorkRunner writer, TimeProvider clock)
{
    private const int Remembered = 10_000;

    /// <summary>
    /// Keys over their limit, and until when. A counter only grows within a window, so further requests are refused
    /// without a commit.
    /// </summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> over = new(StringComparer.Ordinal);

    /// <param name="crossed">Called once per window, by the first request over the limit.</param>
    /// <returns>Null while within the limit; otherwise <c>rate.limited</c> with the end of the window.</returns>
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
    /// Runs a request that is counted. Its first unit increments the counter in its own commit. A request that runs no
    /// unit is counted by a unit of its own before the answer is sent.
    /// </summary>
    /// <returns>Null when the request was within the limit and has run; otherwise <c>rate.limited</c>, and
    /// nothing was done.</returns>
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
            // The request has changed nothing, and the store cannot count it.
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

/// <summary>Route metadata: requests are limited per account, or per client address for anonymous ones.</summary>
public sealed record RateLimit(string Name, Func<RateLimitOptions, int> PerMinute);

/// <summary>Route metadata: the largest accepted body, in bytes.</summary>
public sealed record BodyLimit(long Bytes)
{
    public const long Form = 16 * 1024;
    public const long Webhook = 256 * 1024;

    /// <summary>A list of many machine ids.</summary>
    public const long Many = 64 * 1024;

    public const long Pool = 32 * 1024 * 1024;
}

/// <summary>
/// Route metadata: other systems call this route. Its own signature or secret protects it, not antiforgery.
/// </summary>
public sealed record NotForBrowsers;

/// <summary>Adds the route metadata of limits and scopes.</summary>
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

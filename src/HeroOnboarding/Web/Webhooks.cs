using System.Collections.Concurrent;

namespace HeroOnboarding.Web;

/// <summary>When a provider last called this instance, and when a call of its was last refused. Refused ones write nothing, so this lives in memory only.</summary>
public sealed record WebhookCalls(DateTimeOffset? LastReceived, DateTimeOffset? LastRefused, string? WhyRefused, long Received, long Refused);

/// <summary>What every webhook does first: read the raw body, and remember that somebody called.</summary>
public sealed class Webhooks(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, WebhookCalls> calls = new(StringComparer.Ordinal);

    /// <summary>The calls of a provider since this instance started.</summary>
    public WebhookCalls Of(string provider) => calls.GetValueOrDefault(provider) ?? new(null, null, null, 0, 0);

    public void Received(string provider) =>
        calls.AddOrUpdate(provider, _ => new(clock.GetUtcNow(), null, null, 1, 0), (_, c) => c with { LastReceived = clock.GetUtcNow(), Received = c.Received + 1 });

    /// <param name="why">A few words without anything of the caller's.</param>
    public void Refused(string provider, string why) =>
        calls.AddOrUpdate(provider, _ => new(null, clock.GetUtcNow(), why, 0, 1), (_, c) => c with { LastRefused = clock.GetUtcNow(), WhyRefused = why, Refused = c.Refused + 1 });

    /// <summary>The raw bytes, which is what signatures are made of.</summary>
    /// <exception cref="BadHttpRequestException">More than <see cref="BodyLimit.Webhook"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.ToArray();
    }

    /// <summary>Marks a route as a provider's webhook: anonymous, no browser, a body of at most 256 KB.</summary>
    public static TBuilder Mark<TBuilder>(TBuilder route) where TBuilder : IEndpointConventionBuilder =>
        route.AllowAnonymous().WithMetadata(new NotForBrowsers()).LimitBody(BodyLimit.Webhook);
}

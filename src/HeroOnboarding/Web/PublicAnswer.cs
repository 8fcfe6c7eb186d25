using System.Threading.RateLimiting;

namespace HeroOnboarding.Web;

/// <summary>
/// Route metadata: a successful answer is the same for every client, so browsers and proxies may cache it for
/// <paramref name="MaxAge"/>. All other routes answer <c>no-store</c>.
/// </summary>
internal sealed record PublicAnswer(TimeSpan MaxAge)
{
    /// <summary>The name of the in-process limit for large public answers.</summary>
    public const string Limit = "public";

    /// <summary>Requests per client address and minute; more are answered 429 <c>rate.limited</c>.</summary>
    public const int PerMinute = 60;

    /// <summary>Marks a route as anonymous, cacheable, and not part of the API description.</summary>
    public static RouteHandlerBuilder Mark(RouteHandlerBuilder route, TimeSpan maxAge) =>
        route.AllowAnonymous().ExcludeFromDescription().WithMetadata(new PublicAnswer(maxAge));

    /// <summary>Registers the limit. It counts in memory: a public answer must not write to the store.</summary>
    public static void AddLimit(IServiceCollection services) =>
        services.AddRateLimiter(limiter =>
        {
            limiter.AddPolicy(
                Limit,
                http =>
                    RateLimitPartition.GetFixedWindowLimiter(
                        http.ClientKey(),
                        _ => new FixedWindowRateLimiterOptions
                        {
                            PermitLimit = PerMinute,
                            Window = TimeSpan.FromMinutes(1),
                        }
                    )
            );
            limiter.OnRejected = (rejected, _) =>
                new ValueTask(
                    Problems.WriteAsync(
                        rejected.HttpContext,
                        Refusals.RateLimited with
                        {
                            RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait)
                                ? wait
                                : TimeSpan.FromMinutes(1),
                        }
                    )
                );
        });
}

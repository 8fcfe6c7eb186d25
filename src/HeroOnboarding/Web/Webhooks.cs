using HeroOnboarding.Store;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>Calls to one provider's webhook, of all instances.</summary>
/// <param name="LastReceived">When the last valid call arrived: signed, and an event of this provider.</param>
/// <param name="LastRefused">When the last call was refused. Any client can cause that.</param>
/// <param name="WhyRefused">A few words without any value of the caller.</param>
public sealed record WebhookCalls(
    DateTimeOffset? LastReceived,
    DateTimeOffset? LastRefused,
    string? WhyRefused,
    long Received,
    long Refused
)
{
    public static WebhookCalls None { get; } = new(null, null, null, 0, 0);

    /// <summary>Adds the counts, and keeps the later call of each kind.</summary>
    public WebhookCalls With(WebhookCalls more)
    {
        var isLater = LastRefused is null || more.LastRefused > LastRefused;
        return new(
            LastReceived is null || more.LastReceived > LastReceived ? more.LastReceived : LastReceived,
            isLater ? more.LastRefused : LastRefused,
            isLater ? more.WhyRefused : WhyRefused,
            Received + more.Received,
            Refused + more.Refused
        );
    }
}

/// <summary>
/// The common part of webhooks: reads the raw body, and counts the call. Calls are counted in memory and written once a
/// minute per instance, because any client may send many unsigned ones.
/// </summary>
public sealed class Webhooks(UnitOfWorkRunner writer, TimeProvider clock)
{
    internal static readonly TimeSpan WriteEvery = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, WebhookCalls> unwritten = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> logged = new(StringComparer.Ordinal);

    /// <summary>
    /// The calls of a provider: those in the store, and those that this instance has not written yet.
    /// </summary>
    public async Task<WebhookCalls> ReadAsync(OnboardingDb db, string provider, CancellationToken cancel)
    {
        var row = await db.WebhookCalls.FirstOrDefaultAsync(r => r.Provider == provider, cancel);
        var stored = row is null
            ? WebhookCalls.None
            : new(row.LastReceivedAt, row.LastRefusedAt, row.WhyRefused, row.Received, row.Refused);
        lock (gate)
            return stored.With(unwritten.GetValueOrDefault(provider) ?? WebhookCalls.None);
    }

    public void Received(string provider) => Add(provider, new(clock.Now(), null, null, 1, 0));

    /// <param name="why">A few words without any value of the caller.</param>
    /// <returns>True at most once a minute per provider: the caller may log a line.</returns>
    public bool Refused(string provider, string why)
    {
        var now = clock.Now();
        Add(provider, new(null, now, why, 0, 1));
        lock (gate)
        {
            if (logged.TryGetValue(provider, out var before) && now - before < TimeSpan.FromMinutes(1))
                return false;
            logged[provider] = now;
            return true;
        }
    }

    /// <summary>
    /// Writes the counts since the last time, in one commit, if there are any. Counts that cannot be written are kept.
    /// </summary>
    internal async Task WriteAsync(CancellationToken cancel)
    {
        List<KeyValuePair<string, WebhookCalls>> calls;
        lock (gate)
        {
            calls = [.. unwritten];
            unwritten.Clear();
        }
        if (calls.Count == 0)
            return;
        try
        {
            await writer.RunAsync(
                "webhook.count",
                SystemActors.Rates,
                async unit =>
                {
                    foreach (var (provider, more) in calls.OrderBy(c => c.Key, StringComparer.Ordinal))
                        await WriteAsync(unit.Db, provider, more);
                },
                cancel
            );
        }
        catch
        {
            foreach (var (provider, more) in calls)
                Add(provider, more);
            throw;
        }
    }

    /// <summary>All instances share one row per provider, so each statement adds the counts of this instance.</summary>
    private static async Task WriteAsync(OnboardingDb db, string provider, WebhookCalls more)
    {
        await db.Database.ExecuteSqlRawAsync(
            "INSERT INTO webhook_calls (provider, received, refused) VALUES ({0}, 0, 0) ON CONFLICT (provider) DO "
                + "NOTHING",
            provider
        );
        var row = db.WebhookCalls.Where(r => r.Provider == provider);
        await row.ExecuteUpdateAsync(set =>
            set.SetProperty(r => r.Received, r => r.Received + more.Received)
                .SetProperty(r => r.Refused, r => r.Refused + more.Refused)
        );
        if (more.LastReceived is { } received)
            await row.Where(r => r.LastReceivedAt == null || r.LastReceivedAt < received)
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.LastReceivedAt, (DateTimeOffset?)received));
        if (more.LastRefused is { } refused)
            await row.Where(r => r.LastRefusedAt == null || r.LastRefusedAt < refused)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(r => r.LastRefusedAt, (DateTimeOffset?)refused)
                        .SetProperty(r => r.WhyRefused, more.WhyRefused)
                );
    }

    private void Add(string provider, WebhookCalls more)
    {
        lock (gate)
            unwritten[provider] = (unwritten.GetValueOrDefault(provider) ?? WebhookCalls.None).With(more);
    }

    /// <summary>Reads the raw bytes, which the signature covers.</summary>
    /// <exception cref="BadHttpRequestException">The body exceeds <see cref="BodyLimit.Webhook"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.ToArray();
    }

    /// <summary>
    /// Configures a route <c>POST /webhooks/{provider}</c>: anonymous, not for browsers, a body of at most 256 KB, and
    /// the tag "Webhooks" in the API description.
    /// </summary>
    /// <param name="signature">The header that holds the provider's signature.</param>
    public static RouteHandlerBuilder Mark(RouteHandlerBuilder route, RequestParameter signature) =>
        route
            .AllowAnonymous()
            .WithMetadata(new NotForBrowsers(), signature with { In = ParameterLocation.Header, IsRequired = true })
            .LimitBody(BodyLimit.Webhook)
            .WithTags("Webhooks")
            .Refuses(400, 413, 503);
}

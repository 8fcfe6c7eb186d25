using HeroOnboarding.Store;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;
using Microsoft.OpenApi;

namespace HeroOnboarding.Web;

/// <summary>Calls to one provider's webhook, of all instances.</summary>
/// <param name="LastReceived">When the last genuine call came: signed, and an event of this provider.</param>
/// <param name="LastRefused">When the last call was refused. Anybody can cause that.</param>
/// <param name="WhyRefused">A few words without anything of the caller's.</param>
public sealed record WebhookCalls(
    DateTimeOffset? LastReceived,
    DateTimeOffset? LastRefused,
    string? WhyRefused,
    long Received,
    long Refused
)
{
    public static WebhookCalls None { get; } = new(null, null, null, 0, 0);

    /// <summary>Both together; of each kind of call the later one is the last.</summary>
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
/// What every webhook does first: read the raw body, and count the call. Calls are counted in memory and written to the
/// store once a minute per instance, because anybody may send as many unsigned ones as they like.
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

    /// <param name="why">A few words without anything of the caller's.</param>
    /// <returns>True at most once a minute per provider: then the log may have a line about it.</returns>
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
    /// Writes what was counted since the last time, in one commit; nothing when nothing was. What cannot be written is
    /// kept.
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

    /// <summary>Instances add to one row, so each statement changes it by what this instance counted.</summary>
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

    /// <summary>The raw bytes, which is what signatures are made of.</summary>
    /// <exception cref="BadHttpRequestException">More than <see cref="BodyLimit.Webhook"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.ToArray();
    }

    /// <summary>
    /// Marks a route <c>POST /webhooks/{provider}</c>: anonymous, no browser, a body of at most 256 KB, in the
    /// description under "Webhooks".
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

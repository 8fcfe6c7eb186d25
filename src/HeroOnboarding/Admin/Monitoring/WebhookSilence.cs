using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>A provider's webhook without verified calls although payments or identity checks wait for one.</summary>
/// <param name="Provider">The last segment of the webhook's path.</param>
/// <param name="Text">
/// What is overdue, since when calls are missing, and the newest refused call if it came after the last verified one.
/// </param>
public sealed record SilentWebhook(string Provider, string Text);

/// <summary>
/// Finds webhooks whose verified calls have stopped: a report is overdue, and no verified call has arrived since it was
/// due. Refused calls are no sign of that, because any client can send them.
/// </summary>
public sealed class WebhookSilence(Webhooks webhooks, IEnumerable<IProviderWebhook> providers)
{
    public async Task<IReadOnlyList<SilentWebhook>> FindAsync(
        OnboardingDb db,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var found = new List<SilentWebhook>();
        foreach (var provider in providers.Where(p => p.IsOn))
        {
            var calls = await webhooks.ReadAsync(db, provider.Provider, cancel);
            var last = calls.LastReceived ?? DateTimeOffset.UnixEpoch;
            if (await provider.OverdueAsync(db, last, now, cancel) is { } open)
                found.Add(Describe(provider, calls, open));
        }
        return found;
    }

    private static SilentWebhook Describe(IProviderWebhook provider, WebhookCalls calls, string open)
    {
        var since = calls.LastReceived is { } received
            ? $"has not called /webhooks/{provider.Provider} since {Show.Utc(received)}"
            : $"has never called /webhooks/{provider.Provider}";
        var refused =
            calls.LastRefused is { } at && !(calls.LastReceived > at)
                ? $" The newest refused call was at {Show.Utc(at)} ({calls.WhyRefused}); compare the signing "
                    + "secrets."
                : "";
        return new(provider.Provider, $"{provider.DisplayName} {since}. Open meanwhile: {open}.{refused}");
    }
}

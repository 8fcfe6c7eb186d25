using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Kyc;
using HeroOnboarding.Kyc.Idenfy;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>A provider's webhook that has fallen silent while payments or checks wait for it.</summary>
/// <param name="Provider">Name in the path of the webhook.</param>
/// <param name="Text">What is missing since when, and the newest refused call where it came after the last genuine
/// one.</param>
public sealed record SilentWebhook(string Provider, string Text);

/// <summary>
/// Finds webhooks whose genuine calls have stopped. Refused calls are no sign of that, because anybody can send them;
/// what counts is that something was due and no genuine call has come since.
/// </summary>
internal static class WebhookSilence
{
    /// <summary>
    /// Stripe sends the event of a finished checkout within seconds; the person is back at the same time.
    /// </summary>
    private static readonly TimeSpan AfterReturn = TimeSpan.FromMinutes(15);

    /// <summary>Stripe sends <c>checkout.session.expired</c> within minutes after the end.</summary>
    private static readonly TimeSpan AfterCheckout = TimeSpan.FromHours(1);

    /// <summary>A person at iDenfy may take up to a day for a verdict.</summary>
    private static readonly TimeSpan AfterCheck = TimeSpan.FromDays(1);

    public static async Task<IReadOnlyList<SilentWebhook>> FindAsync(
        OnboardingDb db,
        Webhooks webhooks,
        LoadedOptions options,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var found = new List<SilentWebhook>();
        if (options.Get<StripeOptions>().IsOn && await OfStripeAsync(db, webhooks, now, cancel) is { } stripe)
            found.Add(stripe);
        if (options.Get<IdenfyOptions>().IsOn && await OfIdenfyAsync(db, webhooks, now, cancel) is { } idenfy)
            found.Add(idenfy);
        return found;
    }

    private static async Task<SilentWebhook?> OfStripeAsync(
        OnboardingDb db,
        Webhooks webhooks,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var calls = await webhooks.ReadAsync(db, StripePayments.ProviderName, cancel);
        var last = calls.LastReceived ?? DateTimeOffset.UnixEpoch;
        var (returned, ended) = (now - AfterReturn, now - AfterCheckout);
        var waiting = await db.PaymentIntents.CountAsync(
            p =>
                p.Provider == StripePayments.ProviderName
                && p.State == PaymentState.Open
                && p.CheckoutId != null
                && ((p.ReturnedAt < returned && p.ReturnedAt > last) || (p.ExpiresAt < ended && p.ExpiresAt > last)),
            cancel
        );
        return waiting == 0 ? null : Say(StripePayments.ProviderName, "Stripe", calls, Show.Count(waiting, "payment"));
    }

    private static async Task<SilentWebhook?> OfIdenfyAsync(
        OnboardingDb db,
        Webhooks webhooks,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var calls = await webhooks.ReadAsync(db, IdenfyVerifier.ProviderName, cancel);
        var (last, ended) = (calls.LastReceived ?? DateTimeOffset.UnixEpoch, now - AfterCheck);
        var waiting = await db.KycSessions.CountAsync(
            s =>
                s.Provider == IdenfyVerifier.ProviderName
                && s.State == KycStatus.InProgress
                && s.Verdict == null
                && s.ExpiresAt < ended
                && s.ExpiresAt > last,
            cancel
        );
        return waiting == 0
            ? null
            : Say(IdenfyVerifier.ProviderName, "iDenfy", calls, Show.Count(waiting, "identity check"));
    }

    private static SilentWebhook Say(string provider, string name, WebhookCalls calls, string open)
    {
        var since = calls.LastReceived is { } received
            ? $"has not called /webhooks/{provider} since {Show.Utc(received)}"
            : $"has never called /webhooks/{provider}";
        var refused =
            calls.LastRefused is { } at && !(calls.LastReceived > at)
                ? $" The newest refused call was at {Show.Utc(at)} ({calls.WhyRefused}); compare the signing "
                    + "secrets."
                : "";
        return new(provider, $"{name} {since}. Open meanwhile: {open}.{refused}");
    }
}

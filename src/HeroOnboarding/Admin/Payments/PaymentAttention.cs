using HeroOnboarding.Admin.Monitoring;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Payments;

/// <summary>Payments and webhooks that need an operator.</summary>
internal static class PaymentAttention
{
    /// <summary>
    /// A provider reports the end of a checkout within minutes; after this time an operator should look at it.
    /// </summary>
    private static readonly TimeSpan AfterEnd = TimeSpan.FromHours(1);

    public static async Task<IReadOnlyList<Attention>> FindAsync(
        OnboardingDb db,
        WebhookSilence silence,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var found = new List<Attention>();
        if (await db.Suspense.CountAsync(s => s.State == SuspenseState.Open, cancel) is > 0 and var waiting)
            found.Add(
                new(
                    "bad",
                    "Suspense",
                    $"{waiting:N0} {(waiting == 1 ? "payment fits" : "payments fit")} nothing; somebody "
                        + "paid and was not credited.",
                    "/admin/suspense?state=open",
                    "Decide"
                )
            );
        var before = now - AfterEnd;
        if (
            await db.PaymentIntents.CountAsync(
                p => p.State == PaymentState.Open && p.ExpiresAt != null && p.ExpiresAt < before,
                cancel
            )
            is > 0
                and var silent
        )
            found.Add(
                new(
                    "warn",
                    "Payments",
                    $"{silent:N0} {(silent == 1 ? "checkout is" : "checkouts are")} over and the provider "
                        + "has not said how; is its webhook set up?",
                    "/admin/payments?state=open"
                )
            );
        foreach (var webhook in await silence.FindAsync(db, now, cancel))
            found.Add(new("bad", "Webhook silent", webhook.Text, "/admin/setup#webhooks", "Mend"));
        return found;
    }
}

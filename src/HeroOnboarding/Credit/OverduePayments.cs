using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>Finds payments whose event from the provider is overdue.</summary>
internal static class OverduePayments
{
    /// <summary>
    /// Providers send the event of a finished checkout within seconds, while the customer returns to the portal.
    /// </summary>
    private static readonly TimeSpan AfterReturn = TimeSpan.FromMinutes(15);

    /// <summary>Providers report the end of an unpaid checkout within minutes.</summary>
    private static readonly TimeSpan AfterCheckout = TimeSpan.FromHours(1);

    /// <inheritdoc cref="IProviderWebhook.OverdueAsync"/>
    public static async Task<string?> FindAsync(
        OnboardingDb db,
        string provider,
        DateTimeOffset last,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var (returned, ended) = (now - AfterReturn, now - AfterCheckout);
        var waiting = await db.PaymentIntents.CountAsync(
            p =>
                p.Provider == provider
                && p.State == PaymentState.Open
                && p.CheckoutId != null
                && ((p.ReturnedAt < returned && p.ReturnedAt > last) || (p.ExpiresAt < ended && p.ExpiresAt > last)),
            cancel
        );
        return waiting == 0 ? null : Show.Count(waiting, "payment");
    }
}

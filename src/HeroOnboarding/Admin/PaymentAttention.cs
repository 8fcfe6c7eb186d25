using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin;

/// <summary>What about payments and webhooks needs a person.</summary>
internal static class PaymentAttention
{
    /// <summary>A provider tells how a checkout ended within minutes; after this somebody should look.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    /// <summary>The latest call was refused: the signing secret is wrong, or somebody knocks.</summary>
    public static bool Fails(WebhookCalls calls) => calls.LastRefused is { } refused && (calls.LastReceived is not { } received || received <= refused);

    public static async Task<IReadOnlyList<Attention>> FindAsync(OnboardingDb db, Webhooks webhooks, Settings settings, DateTimeOffset now, CancellationToken cancel)
    {
        var found = new List<Attention>();
        if (await db.Suspense.CountAsync(s => s.State == SuspenseState.Open, cancel) is > 0 and var waiting)
            found.Add(new("bad", "Suspense", $"{waiting:N0} {(waiting == 1 ? "payment fits" : "payments fit")} nothing; somebody paid and was not credited.", "/admin/suspense?state=open", "Decide"));
        var before = now - Silence;
        if (await db.PaymentIntents.CountAsync(p => p.State == PaymentState.Open && p.ExpiresAt != null && p.ExpiresAt < before, cancel) is > 0 and var silent)
            found.Add(new("warn", "Payments", $"{silent:N0} {(silent == 1 ? "checkout is" : "checkouts are")} over and the provider has not said how; is its webhook set up?", "/admin/payments?state=open"));
        foreach (var (name, on) in new[] { ("stripe", settings.Stripe is not null), ("idenfy", settings.Idenfy is not null) })
            if (on && Fails(webhooks.Of(name)))
                found.Add(new("bad", "Webhook refused", $"The latest call to /webhooks/{name} was refused: {webhooks.Of(name).WhyRefused}", "/admin/setup#webhooks", "Mend"));
        return found;
    }
}

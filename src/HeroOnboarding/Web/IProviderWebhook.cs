using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// A provider's webhook, for Admin → Setup and the alarm about silent webhooks. It is registered also while the
/// provider is off, so that an operator can copy the address before enabling it.
/// </summary>
public interface IProviderWebhook
{
    /// <summary>The provider's stable name: the last segment of the path, and the key of the counted calls.</summary>
    string Provider { get; }

    /// <summary>The provider's name for people.</summary>
    string DisplayName { get; }

    bool IsOn { get; }

    /// <summary>
    /// The overdue reports that became due after the last verified call, such as "3 payments"; null for none.
    /// </summary>
    /// <param name="last">The time of the last verified call; the Unix epoch if there was none.</param>
    Task<string?> OverdueAsync(OnboardingDb db, DateTimeOffset last, DateTimeOffset now, CancellationToken cancel);
}

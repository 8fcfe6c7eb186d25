using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>
/// A provider's webhook, as Admin → Setup and the alarm about silent webhooks see it. Registered also while the
/// provider is off, so that the address can be copied before it is switched on.
/// </summary>
public interface IProviderWebhook
{
    /// <summary>The provider's stable name: the end of the path, and the key of the counted calls.</summary>
    string Provider { get; }

    /// <summary>The provider's name for people.</summary>
    string DisplayName { get; }

    bool IsOn { get; }

    /// <summary>
    /// What should have been reported by now and was due after the last genuine call, such as "3 payments"; null when
    /// there is nothing.
    /// </summary>
    /// <param name="last">The last genuine call; the Unix epoch when there was none.</param>
    Task<string?> OverdueAsync(OnboardingDb db, DateTimeOffset last, DateTimeOffset now, CancellationToken cancel);
}

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The settings of a <see cref="StripeSimulator"/> that are fixed at its start.</summary>
public sealed record StripeOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The only secret key that is accepted; null accepts every <c>sk_test_…</c> and <c>sk_live_…</c>.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>Secret of the webhook endpoint; its whole text is the key (Stripe documentation).</summary>
    public string WebhookSecret { get; init; } = "whsec_simulated_stripe";

    /// <summary>
    /// True delivers events automatically, with retries; false leaves
    /// them for <see cref="StripeSimulator.DeliverAsync"/>.
    /// </summary>
    public bool AutoDeliver { get; init; }

    /// <summary>
    /// The waits before the second, third, … attempt of an automatic delivery. Stripe's own take days; these suit a
    /// user who watches.
    /// </summary>
    public IReadOnlyList<TimeSpan> Retries { get; init; } =
    [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10)];

    /// <summary>The longest time for the answer to a delivery.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Clock for everything: creation, expiry, signatures, delays, retries.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

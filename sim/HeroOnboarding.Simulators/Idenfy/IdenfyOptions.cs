namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// The environment of an API key. The key alone determines it; the address is the same for all
/// (iDenfy, testing sandbox).
/// </summary>
public enum IdenfyEnvironment
{
    /// <summary>DEV: the only one where <c>dummyStatus</c> works.</summary>
    Development,

    /// <summary>DEMO: shows the real flow.</summary>
    Demonstration,

    /// <summary>TEST: real checks, not billed.</summary>
    Testing,

    /// <summary>PROD: each check costs money.</summary>
    Production,
}

/// <summary>The settings of an <see cref="IdenfySimulator"/> that are fixed at its start.</summary>
public sealed record IdenfyOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary>The API key, the user of HTTP Basic.</summary>
    public string Key { get; init; } = "simulated-idenfy-key";

    /// <summary>The API secret, the password of HTTP Basic.</summary>
    public string Secret { get; init; } = "simulated-idenfy-secret";

    /// <summary>The environment of <see cref="Key"/>.</summary>
    public IdenfyEnvironment Environment { get; init; } = IdenfyEnvironment.Development;

    /// <summary>
    /// The key that signs callbacks; null sends them without a signature, as iDenfy does when no key is configured.
    /// </summary>
    public string? SigningKey { get; init; } = "simulated-idenfy-signing-key";

    /// <summary>
    /// True sends each callback immediately, with retries; false only queues
    /// it for <see cref="IdenfySimulator.DeliverAsync"/>.
    /// </summary>
    public bool AutoDeliver { get; init; }

    /// <summary>The most attempts per callback without a 2xx answer, when <see cref="AutoDeliver"/> is on.</summary>
    public int DeliveryTries { get; init; } = 5;

    /// <summary>
    /// The time between the first and the second attempt; it doubles each time. iDenfy does not document its own.
    /// </summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest time for an answer to a callback (iDenfy, webhooks overview).</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Clock for expiry, time stamps, delays and retries.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

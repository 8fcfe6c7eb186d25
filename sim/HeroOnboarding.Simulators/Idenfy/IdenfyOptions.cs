namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// What an API key is for. The key alone decides it, the address is the same for all (iDenfy, testing sandbox).
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

/// <summary>What is fixed when an <see cref="IdenfySimulator"/> starts.</summary>
public sealed record IdenfyOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary>The API key, the user of HTTP Basic.</summary>
    public string Key { get; init; } = "simulated-idenfy-key";

    /// <summary>The API secret, the password of HTTP Basic.</summary>
    public string Secret { get; init; } = "simulated-idenfy-secret";

    /// <summary>What <see cref="Key"/> is for.</summary>
    public IdenfyEnvironment Environment { get; init; } = IdenfyEnvironment.Development;

    /// <summary>
    /// Signs callbacks; null sends them without a signature, as iDenfy does when no key is configured.
    /// </summary>
    public string? SigningKey { get; init; } = "simulated-idenfy-signing-key";

    /// <summary>
    /// True sends each callback at once and tries again; false only queues it for
    /// <see cref="IdenfySimulator.DeliverAsync"/>.
    /// </summary>
    public bool AutoDeliver { get; init; }

    /// <summary>
    /// How often a callback is sent at most when <see cref="AutoDeliver"/> is on and nobody answers 2xx.
    /// </summary>
    public int DeliveryTries { get; init; } = 5;

    /// <summary>From the first to the second try; it doubles each time. iDenfy does not document its own.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer to a callback may take (iDenfy, webhooks overview).</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Clock for expiry, time stamps, delays and retries.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

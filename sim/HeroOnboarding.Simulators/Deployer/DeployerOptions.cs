namespace HeroOnboarding.Simulators.Deployer;

/// <summary>The settings of a <see cref="DeployerSimulator"/> that are fixed at its start.</summary>
public sealed record DeployerOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary><c>whsec_</c> + base64; null generates a secret.</summary>
    public string? Secret { get; init; }

    /// <summary>Clock for the signature tolerance and for <see cref="DeployerSimulator.WipeAfter"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>What is fixed when a <see cref="DeployerSimulator"/> starts.</summary>
public sealed record DeployerOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary><c>whsec_</c> + base64; null makes a new one.</summary>
    public string? Secret { get; init; }

    /// <summary>Clock for the signature tolerance and for <see cref="DeployerSimulator.WipeAfter"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

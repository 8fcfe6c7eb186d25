namespace HeroOnboarding.Simulators.Forge;

/// <summary>The settings of a <see cref="ForgeSimulator"/> that are fixed at its start.</summary>
public sealed record ForgeOptions
{
    /// <summary>Port on 127.0.0.1; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary>The one registered OAuth application, a confidential client.</summary>
    public string ClientId { get; init; } = "hero-onboarding";

    /// <summary>The application's secret.</summary>
    public string ClientSecret { get; init; } = "simulated-client-secret";

    /// <summary>
    /// Redirect URIs that are registered from the start, compared as exact strings (Forgejo documentation).
    /// </summary>
    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>Clock of codes and tokens.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

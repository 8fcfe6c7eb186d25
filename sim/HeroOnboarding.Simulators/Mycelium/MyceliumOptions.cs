namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>What is fixed when a <see cref="MyceliumSimulator"/> starts.</summary>
public sealed record MyceliumOptions
{
    /// <summary>Port on 127.0.0.1 of the portal's node; 0 takes any free port.</summary>
    public int Port { get; init; }

    /// <summary>A Unix socket on which the portal's node listens as well.</summary>
    public string? SocketPath { get; init; }

    /// <summary>People who have a node; each at a free port.</summary>
    public IReadOnlyList<string> People { get; init; } = ["asha", "juma", "zawadi"];

    /// <summary>Clock for deadlines and delays of messages.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The settings of a <see cref="MyceliumSimulator"/> that are fixed at its start.</summary>
public sealed record MyceliumOptions
{
    /// <summary>
    /// Port of the portal's node on 127.0.0.1; 0 takes any free port. The other nodes take free ports.
    /// </summary>
    public int Port { get; init; }

    /// <summary>
    /// A Unix socket on which the portal's node also listens; null: none. A file of an earlier run is replaced.
    /// </summary>
    public string? SocketPath { get; init; }

    /// <summary>The owners of nodes that exist from the start.</summary>
    public IReadOnlyList<string> People { get; init; } = ["asha", "juma", "zawadi"];

    /// <summary>The topic of sign-in messages, for the commands that the pages show.</summary>
    public string SignInTopic { get; init; } = "hero/login/v1";

    /// <summary>How long a node retries a message (mycelium, message.rs).</summary>
    public TimeSpan TryFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Clock of messages, delays, long polls and waits for replies.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

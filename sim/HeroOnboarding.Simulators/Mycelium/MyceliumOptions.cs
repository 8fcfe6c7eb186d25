namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>What is fixed when a <see cref="MyceliumSimulator"/> starts.</summary>
public sealed record MyceliumOptions
{
    /// <summary>
    /// Port of the portal's node on 127.0.0.1; 0 takes any free port. The other nodes take any free ports.
    /// </summary>
    public int Port { get; init; }

    /// <summary>
    /// A Unix socket on which the portal's node listens too; null: none. What is left there by an earlier run is
    /// replaced.
    /// </summary>
    public string? SocketPath { get; init; }

    /// <summary>Who has a node from the start.</summary>
    public IReadOnlyList<string> People { get; init; } = ["asha", "juma", "zawadi"];

    /// <summary>The topic of sign-in messages, for the commands that the pages show.</summary>
    public string SignInTopic { get; init; } = "hero/login/v1";

    /// <summary>How long a node tries to send a message (mycelium, message.rs).</summary>
    public TimeSpan TryFor { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Clock of messages, delays, long polls and waiting for replies.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// Faults of a node or of the whole network. All are off by default; each can be switched while requests run.
/// </summary>
public sealed class MyceliumKnobs
{
    private readonly Action cameBack;

    internal MyceliumKnobs(Action cameBack) => this.cameBack = cameBack;

    /// <summary>
    /// The API closes every connection, the node's key is not found, and messages to it wait until it is up again.
    /// </summary>
    public bool Down
    {
        get;
        set
        {
            field = value;
            if (!value)
                this.cameBack();
        }
    }

    /// <summary>Real time to wait before each answer of the API.</summary>
    public TimeSpan Slow { get; set; }

    /// <summary>Every call of the API answers 500.</summary>
    public bool Broken { get; set; }

    /// <summary>Every call of the API answers 200 with a body that is not JSON.</summary>
    public bool Garbage { get; set; }

    /// <summary><c>GET /pubkey/{ip}</c> answers a key that belongs to another address.</summary>
    public bool ForeignKeys { get; set; }

    /// <summary>Messages from and to the node are lost; the sender retries until it gives up.</summary>
    public bool Loss { get; set; }

    /// <summary>The transport time of messages from and to the node (the simulator's clock).</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Messages from and to the node arrive only after <see cref="MyceliumSimulator.Release()"/>.</summary>
    public bool Hold { get; set; }
}

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// How a node, or the whole network, misbehaves. All off at the start; each can be turned while requests run.
/// </summary>
public sealed class MyceliumKnobs
{
    private readonly Action _cameBack;

    internal MyceliumKnobs(Action cameBack) => _cameBack = cameBack;

    /// <summary>
    /// The API closes every connection, nobody finds the node's key, and messages to it wait until it is up again.
    /// </summary>
    public bool Down
    {
        get;
        set
        {
            field = value;
            if (!value)
                _cameBack();
        }
    }

    /// <summary>Wait this long (real time) before each answer of the API.</summary>
    public TimeSpan Slow { get; set; }

    /// <summary>Every call of the API answers 500.</summary>
    public bool Broken { get; set; }

    /// <summary>Every call of the API answers 200 with something that is no JSON.</summary>
    public bool Garbage { get; set; }

    /// <summary><c>GET /pubkey/{ip}</c> answers a key to which another address belongs.</summary>
    public bool ForeignKeys { get; set; }

    /// <summary>Messages from and to the node vanish on the way; the sender tries until it gives up.</summary>
    public bool Loss { get; set; }

    /// <summary>Messages from and to the node are this long on the way (the simulator's clock).</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Messages from and to the node arrive only with <see cref="MyceliumSimulator.Release()"/>.</summary>
    public bool Hold { get; set; }
}

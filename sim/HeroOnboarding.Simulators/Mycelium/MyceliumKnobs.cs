namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>How a node's daemon, or the way to the node, misbehaves. All off at the start; each can be turned while requests run.</summary>
public sealed class MyceliumKnobs
{
    /// <summary>The daemon breaks every connection without an answer.</summary>
    public bool Down { get; set; }

    /// <summary>The daemon answers 500.</summary>
    public bool Broken { get; set; }

    /// <summary>The daemon answers what is no JSON.</summary>
    public bool Garbage { get; set; }

    /// <summary>The daemon does not answer before the caller gives up.</summary>
    public bool Silent { get; set; }

    /// <summary>The daemon names this key for every address; 64 hexadecimal digits.</summary>
    public string? ForeignKey { get; set; }

    /// <summary>Messages to this node vanish on the way: they are retried and then aborted.</summary>
    public bool Unreachable { get; set; }

    /// <summary>Messages to this node arrive so much later.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The node takes no messages of these topics; the sender is not told.</summary>
    public ISet<string> RefusedTopics { get; } = new HashSet<string>(StringComparer.Ordinal);
}

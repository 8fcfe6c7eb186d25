using System.Net;
using System.Text;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>A message between two nodes; <see cref="State"/> is its progress.</summary>
public sealed class MyceliumMessage
{
    private readonly TimeProvider time;

    internal MyceliumMessage(TimeProvider time, TimeSpan tryFor)
    {
        this.time = time;
        Created = time.GetUtcNow();
        Deadline = Created + tryFor;
    }

    /// <summary>16 hexadecimal digits. A reply has the id of the message that it answers.</summary>
    public required string Id { get; init; }

    /// <summary>The sender.</summary>
    public required MyceliumNode From { get; init; }

    /// <summary>The receiver; null until it has arrived.</summary>
    public MyceliumNode? Receiver { get; internal set; }

    /// <summary>The destination: any address of the receiver's /64.</summary>
    public required string To { get; init; }

    /// <summary>The topic as bytes; empty for none.</summary>
    public required ReadOnlyMemory<byte> TopicBytes { get; init; }

    /// <summary>The content.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>True for the reply to another message.</summary>
    public bool IsReply { get; init; }

    /// <summary>The topic as text.</summary>
    public string Topic => Encoding.UTF8.GetString(TopicBytes.Span);

    /// <summary>The content as text.</summary>
    public string Text => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>When it was sent.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>When the sender gives up.</summary>
    public DateTimeOffset Deadline { get; }

    /// <summary>
    /// The state that its sender sees: <c>pending</c>, <c>sending</c>, <c>received</c>, <c>read</c> or <c>aborted</c>.
    /// </summary>
    public string State =>
        this switch
        {
            { IsRead: true } => "read",
            { HasArrived: true } => "received",
            { IsGivenUp: true } => "aborted",
            { IsUnderWay: true } => "sending",
            _ => "pending",
        };

    /// <summary>True when it was taken out of the inbox.</summary>
    public bool IsRead { get; internal set; }

    internal IPAddress Destination => IPAddress.Parse(To);

    internal bool HasArrived { get; set; }

    internal bool IsUnderWay { get; set; }

    internal bool IsLost { get; set; }

    internal bool IsHeld { get; set; }

    /// <summary>True when it is neither held nor delayed again.</summary>
    internal bool MayPass { get; set; }

    internal bool IsGivenUp => !HasArrived && this.time.GetUtcNow() >= Deadline;
}

/// <summary>One call of a node's API.</summary>
/// <param name="Path">With its query.</param>
/// <param name="Status">0: the connection was closed without an answer.</param>
public sealed record MyceliumCall(string Method, string Path, int Status);

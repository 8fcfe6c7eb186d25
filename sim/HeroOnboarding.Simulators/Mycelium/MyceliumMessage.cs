using System.Security.Cryptography;
using System.Text;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>One message in the overlay.</summary>
public sealed class MyceliumMessage
{
    internal MyceliumMessage(MyceliumNode from, MyceliumNode? to, string dstIp, byte[] topic, byte[] payload, DateTimeOffset now, string? replyTo = null)
    {
        (From, To, DstIp, Topic, Payload, CreatedAt) = (from, to, dstIp, topic, payload, now);
        Id = replyTo ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        IsReply = replyTo is not null;
    }

    /// <summary>16 hexadecimal digits; a reply has the id of what it answers.</summary>
    public string Id { get; }
    public MyceliumNode From { get; }

    /// <summary>Null where no node has the address.</summary>
    public MyceliumNode? To { get; }
    public string DstIp { get; }
    public byte[] Topic { get; }
    public byte[] Payload { get; }
    public bool IsReply { get; }
    public DateTimeOffset CreatedAt { get; }
    public DateTimeOffset? ArrivedAt { get; internal set; }
    public DateTimeOffset? ReadAt { get; internal set; }

    /// <summary>The payload as text.</summary>
    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>A node retries for five minutes (threefoldtech/mycelium, message.rs).</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    internal object State(DateTimeOffset now) => ReadAt is not null ? "read" : ArrivedAt is not null ? "received" : now >= CreatedAt + Patience ? "aborted" : "pending";
}

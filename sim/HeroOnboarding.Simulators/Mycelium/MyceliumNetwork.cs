using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The nodes and the transport between them. One lock guards all messages.</summary>
internal sealed class MyceliumNetwork : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<MyceliumMessage> messages = [];
    private readonly ConcurrentDictionary<string, MyceliumNode> nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<ITimer> timers = [];
    private readonly CancellationTokenSource stopping = new();

    public MyceliumNetwork(MyceliumOptions options)
    {
        Options = options;
        Knobs = new MyceliumKnobs(TryAgain);
    }

    public MyceliumOptions Options { get; }

    public MyceliumKnobs Knobs { get; }

    public CancellationToken Stopping => stopping.Token;

    public IReadOnlyList<MyceliumNode> Nodes => [.. nodes.Values.OrderBy(node => node.Number)];

    public IReadOnlyList<MyceliumMessage> Messages
    {
        get
        {
            lock (gate)
                return [.. messages];
        }
    }

    public MyceliumNode? Find(string name) => nodes.GetValueOrDefault(name);

    public MyceliumNode? Owner(IPAddress address) =>
        nodes.Values.FirstOrDefault(node => MyceliumAddress.SameSubnet(node.Ip, address));

    public MyceliumNode Node(string name)
    {
        lock (gate)
        {
            if (nodes.TryGetValue(name, out var known))
                return known;
            nodes[name] = known = new MyceliumNode(this, name, nodes.Count);
            TryAgain();
            return known;
        }
    }

    public MyceliumMessage Send(
        MyceliumNode from,
        IPAddress to,
        ReadOnlyMemory<byte> topic,
        ReadOnlyMemory<byte> payload,
        string? replyTo = null
    )
    {
        var message = new MyceliumMessage(Options.Time, Options.TryFor)
        {
            Id = replyTo ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            From = from,
            To = to.ToString(),
            TopicBytes = topic,
            Payload = payload,
            IsReply = replyTo is not null,
        };
        lock (gate)
        {
            messages.Add(message);
            Carry(message);
        }
        return message;
    }

    /// <summary>Lets held messages arrive; null: all of them.</summary>
    public void Release(MyceliumMessage? only = null)
    {
        lock (gate)
        {
            foreach (var message in only is null ? [.. messages.Where(message => message.IsHeld)] : new[] { only })
                Pass(message);
        }
    }

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        foreach (var node in nodes.Values)
            await node.StopAsync();
    }

    public void Dispose()
    {
        foreach (var timer in timers)
            timer.Dispose();
        foreach (var node in nodes.Values)
            node.Turn.Dispose();
        stopping.Dispose();
    }

    /// <summary>A node is up again: retries the messages that wait for it.</summary>
    public void TryAgain()
    {
        lock (gate)
        {
            foreach (var message in messages)
                Carry(message);
        }
    }

    private void Pass(MyceliumMessage message)
    {
        lock (gate)
        {
            message.MayPass = true;
            message.IsHeld = false;
            message.IsUnderWay = false;
            Carry(message);
        }
    }

    /// <summary>One attempt to transport a message; it stays pending while the receiver is unavailable.</summary>
    private void Carry(MyceliumMessage message)
    {
        if (message.HasArrived || message.IsGivenUp || message.IsUnderWay)
            return;
        if (message.From.IsDown || Owner(message.Destination) is not { IsDown: false } receiver)
            return;
        MyceliumKnobs[] met = [Knobs, message.From.Knobs, receiver.Knobs];
        message.IsUnderWay = true;
        if (message.IsLost |= met.Any(knobs => knobs.Loss))
            return;
        if (!message.MayPass && met.Any(knobs => knobs.Hold))
        {
            message.IsHeld = true;
        }
        else if (!message.MayPass && met.Max(knobs => knobs.Delay) is var wait && wait > TimeSpan.Zero)
        {
            timers.Add(Options.Time.CreateTimer(_ => Pass(message), state: null, wait, Timeout.InfiniteTimeSpan));
        }
        else
        {
            message.HasArrived = true;
            message.Receiver = receiver;
            receiver.Receive(message);
        }
    }
}

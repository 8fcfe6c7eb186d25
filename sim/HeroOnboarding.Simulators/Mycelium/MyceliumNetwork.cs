using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The nodes and the transport between them. One lock guards all messages.</summary>
internal sealed class MyceliumNetwork : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<MyceliumMessage> _messages = [];
    private readonly ConcurrentDictionary<string, MyceliumNode> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<ITimer> _timers = [];
    private readonly CancellationTokenSource _stopping = new();

    public MyceliumNetwork(MyceliumOptions options)
    {
        Options = options;
        Knobs = new MyceliumKnobs(TryAgain);
    }

    public MyceliumOptions Options { get; }

    public MyceliumKnobs Knobs { get; }

    public CancellationToken Stopping => _stopping.Token;

    public IReadOnlyList<MyceliumNode> Nodes => [.. _nodes.Values.OrderBy(node => node.Number)];

    public IReadOnlyList<MyceliumMessage> Messages
    {
        get
        {
            lock (_gate)
                return [.. _messages];
        }
    }

    public MyceliumNode? Find(string name) => _nodes.GetValueOrDefault(name);

    public MyceliumNode? Owner(IPAddress address) =>
        _nodes.Values.FirstOrDefault(node => MyceliumAddress.SameSubnet(node.Ip, address));

    public MyceliumNode Node(string name)
    {
        lock (_gate)
        {
            if (_nodes.TryGetValue(name, out var known))
                return known;
            _nodes[name] = known = new MyceliumNode(this, name, _nodes.Count);
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
        lock (_gate)
        {
            _messages.Add(message);
            Carry(message);
        }
        return message;
    }

    /// <summary>Lets held messages arrive; null: all of them.</summary>
    public void Release(MyceliumMessage? only = null)
    {
        lock (_gate)
        {
            foreach (var message in only is null ? [.. _messages.Where(message => message.IsHeld)] : new[] { only })
                Pass(message);
        }
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        foreach (var node in _nodes.Values)
            await node.StopAsync();
    }

    public void Dispose()
    {
        foreach (var timer in _timers)
            timer.Dispose();
        foreach (var node in _nodes.Values)
            node.Turn.Dispose();
        _stopping.Dispose();
    }

    /// <summary>A node is up again: retries the messages that wait for it.</summary>
    public void TryAgain()
    {
        lock (_gate)
        {
            foreach (var message in _messages)
                Carry(message);
        }
    }

    private void Pass(MyceliumMessage message)
    {
        lock (_gate)
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
            _timers.Add(Options.Time.CreateTimer(_ => Pass(message), state: null, wait, Timeout.InfiniteTimeSpan));
        }
        else
        {
            message.HasArrived = true;
            message.Receiver = receiver;
            receiver.Receive(message);
        }
    }
}

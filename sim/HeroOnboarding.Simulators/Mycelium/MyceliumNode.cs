using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>A Mycelium daemon: a key, the /64 that belongs to it, an inbox and an API on a port of its own.</summary>
public sealed class MyceliumNode
{
    private readonly Lock gate = new();
    private readonly MyceliumNetwork network;
    private readonly List<MyceliumMessage> received = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<MyceliumMessage>> waiting = new(
        StringComparer.Ordinal
    );
    private readonly ConcurrentQueue<MyceliumCall> calls = new();
    private readonly Lazy<WebApplication> api;
    private TaskCompletionSource arrival = NewArrival();

    internal MyceliumNode(MyceliumNetwork network, string name, int number)
    {
        (this.network, Name, Number) = (network, name, number);
        var key = MyceliumAddress.PublicKeyOf(MyceliumAddress.PrivateKeyOf(name));
        Ip = MyceliumAddress.Of(key);
        PublicKey = Convert.ToHexStringLower(key);
        StartedAt = network.Options.Time.GetUtcNow();
        Knobs = new MyceliumKnobs(network.TryAgain);
        // Most tests read an inbox directly; the server starts only when its address is used.
        api = new(() => MyceliumApi.Start(network, this));
    }

    /// <summary>The name of its owner.</summary>
    public string Name { get; }

    /// <summary>The address that belongs to its key.</summary>
    public string IpAddress => Ip.ToString();

    /// <summary>The /64 that it answers for.</summary>
    public string Subnet => MyceliumAddress.SubnetOf(Ip);

    /// <summary>Its public key, 64 hexadecimal digits.</summary>
    public string PublicKey { get; }

    /// <summary>Where its API listens, for example <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Address => MyceliumApi.AddressOf(api.Value);

    /// <summary>Messages that arrived and were not read, in the order of arrival.</summary>
    public IReadOnlyList<MyceliumMessage> Inbox => [.. Received.Where(message => !message.IsRead)];

    /// <summary>Messages that arrived, read or not.</summary>
    public IReadOnlyList<MyceliumMessage> Received
    {
        get
        {
            lock (gate)
                return [.. received];
        }
    }

    /// <summary>Messages that this node sent.</summary>
    public IReadOnlyList<MyceliumMessage> Sent => [.. this.network.Messages.Where(message => message.From == this)];

    /// <summary>Every call of its API so far, in order of the answers.</summary>
    public IReadOnlyList<MyceliumCall> Calls => [.. calls];

    /// <summary>True when no call holds the daemon's lock; false during a long poll.</summary>
    public bool IsFree => Turn.CurrentCount > 0;

    /// <summary>Faults, which can be switched while it runs.</summary>
    public MyceliumKnobs Knobs { get; }

    /// <summary>The topics that it accepts, and their sources.</summary>
    public MyceliumTopics Topics { get; } = new();

    internal IPAddress Ip { get; }

    internal int Number { get; }

    internal DateTimeOffset StartedAt { get; }

    internal bool IsDown => Knobs.Down || this.network.Knobs.Down;

    /// <summary>
    /// The daemon's global lock: every call of the API takes it, and a long poll holds it (mycelium, message.rs).
    /// </summary>
    internal SemaphoreSlim Turn { get; } = new(1, 1);

    internal ConcurrentDictionary<string, byte> Peers { get; } = new(StringComparer.Ordinal);

    /// <summary>Another address of this node, which owns its whole /64.</summary>
    /// <param name="host">The lower half of the address.</param>
    public string InSubnet(ulong host) => MyceliumAddress.InSubnet(Ip, host).ToString();

    /// <summary>Sends like its API.</summary>
    public MyceliumMessage Send(string toAddress, string topic, string text) =>
        this.network.Send(
            this,
            System.Net.IPAddress.Parse(toAddress),
            Encoding.UTF8.GetBytes(topic),
            Encoding.UTF8.GetBytes(text)
        );

    /// <summary>Replies to a message: same id, no topic.</summary>
    public MyceliumMessage Reply(MyceliumMessage message, string text)
    {
        ArgumentNullException.ThrowIfNull(message);
        return this.network.Send(this, message.From.Ip, default, Encoding.UTF8.GetBytes(text), message.Id);
    }

    /// <summary>Takes the oldest message out of the inbox, which makes it <c>read</c> for its sender.</summary>
    /// <param name="topic">Only this topic; null: any.</param>
    public MyceliumMessage? Pop(string? topic = null) =>
        Take(topic is null ? null : Encoding.UTF8.GetBytes(topic), peek: false);

    internal MyceliumMessage? Take(byte[]? topic, bool peek)
    {
        lock (gate)
        {
            var found = received.Find(message =>
                !message.IsRead && (topic is null || message.TopicBytes.Span.SequenceEqual(topic))
            );
            if (found is not null && !peek)
                found.IsRead = true;
            return found;
        }
    }

    /// <summary>Marks one message as read, like a pop.</summary>
    internal void Read(string id)
    {
        lock (gate)
        {
            foreach (var message in received.Where(message => message.Id == id))
                message.IsRead = true;
        }
    }

    /// <summary>The oldest message, or the next one that arrives in time.</summary>
    internal async Task<MyceliumMessage?> TakeAsync(byte[]? topic, bool peek, TimeSpan patience, CancellationToken stop)
    {
        var time = this.network.Options.Time;
        var end = time.GetUtcNow() + patience;
        while (true)
        {
            Task arrival;
            lock (gate)
            {
                if (Take(topic, peek) is { } found)
                    return found;
                arrival = this.arrival.Task;
            }
            var left = end - time.GetUtcNow();
            if (left <= TimeSpan.Zero)
                return null;
            try
            {
                await arrival.WaitAsync(left, time, stop);
            }
            catch (TimeoutException)
            {
                return Take(topic, peek);
            }
        }
    }

    internal void Receive(MyceliumMessage message)
    {
        if (message.IsReply && this.waiting.TryRemove(message.Id, out var waiting))
        {
            message.IsRead = true;
            waiting.TrySetResult(message);
            return;
        }
        if (!message.IsReply && !Topics.Accepts(message.TopicBytes.Span, message.From.Ip))
            return;
        lock (gate)
        {
            received.Add(message);
            this.arrival.TrySetResult();
            this.arrival = NewArrival();
        }
    }

    /// <summary>Sends; the task completes with the reply.</summary>
    internal (MyceliumMessage Message, Task<MyceliumMessage> Reply) Ask(
        IPAddress to,
        ReadOnlyMemory<byte> topic,
        ReadOnlyMemory<byte> payload
    )
    {
        var message = this.network.Send(this, to, topic, payload);
        var waiting = this.waiting.GetOrAdd(message.Id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        return (message, waiting.Task);
    }

    internal void StopWaiting(string id) => this.waiting.TryRemove(id, out _);

    internal MyceliumMessage? SentWith(string id) => Sent.FirstOrDefault(message => message.Id == id);

    internal void Note(MyceliumCall call) => calls.Enqueue(call);

    internal async ValueTask StopAsync()
    {
        if (api.IsValueCreated)
            await api.Value.DisposeAsync();
    }

    private static TaskCompletionSource NewArrival() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

using System.Collections.Concurrent;
using System.Net;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// Stands in for the Mycelium overlay: some nodes, each with a daemon that speaks the REST API of threefoldtech/mycelium (v0.7.10), and the messages
/// between them.
/// </summary>
public sealed class MyceliumSimulator : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, MyceliumNode> nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MyceliumMessage> sent = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<MyceliumMessage> all = new();

    private MyceliumSimulator(MyceliumOptions options) => Time = options.Time;

    internal TimeProvider Time { get; }

    /// <summary>The node beside the portal.</summary>
    public MyceliumNode Portal { get; private set; } = null!;

    /// <summary>Everybody's nodes, the portal's first.</summary>
    public IReadOnlyList<MyceliumNode> Nodes => [Portal, .. nodes.Values.Where(n => n != Portal).OrderBy(n => n.Name, StringComparer.Ordinal)];

    /// <summary>Every message so far, whether it arrived or not.</summary>
    public IReadOnlyList<MyceliumMessage> Messages => [.. all];

    /// <summary>Starts the nodes on 127.0.0.1.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<MyceliumSimulator> StartAsync(MyceliumOptions? options = null)
    {
        options ??= new();
        var net = new MyceliumSimulator(options);
        net.Portal = await net.AddAsync("portal", options.Port, options.SocketPath);
        foreach (var person in options.People)
            await net.AddAsync(person, 0, null);
        return net;
    }

    /// <summary>A person's node.</summary>
    public MyceliumNode Node(string name) => nodes[name];

    /// <summary>A new node; its address depends on the name only.</summary>
    public Task<MyceliumNode> AddAsync(string name) => AddAsync(name, 0, null);

    /// <summary>Brings messages to nodes that were out of reach; also happens at every call of a daemon.</summary>
    public void Deliver()
    {
        var now = Time.GetUtcNow();
        foreach (var message in sent.Values)
            if (message is { To: { } to, ArrivedAt: null } && !to.Knobs.Unreachable && now < message.CreatedAt + MyceliumMessage.Patience && now >= message.CreatedAt + to.Knobs.Delay
                && !to.Knobs.RefusedTopics.Contains(System.Text.Encoding.UTF8.GetString(message.Topic)))
                to.Arrive(message, now);
    }

    internal MyceliumNode? NodeOf(IPAddress ip) => nodes.Values.FirstOrDefault(n => n.Has(ip));

    internal MyceliumNode? NodeOf(byte[] key) => nodes.Values.FirstOrDefault(n => n.Key.AsSpan().SequenceEqual(key));

    internal MyceliumMessage Send(MyceliumMessage message)
    {
        sent[message.IsReply ? "reply:" + message.Id : message.Id] = message;
        all.Enqueue(message);
        Deliver();
        return message;
    }

    internal MyceliumMessage? Sent(string id) => sent.GetValueOrDefault(id);

    internal MyceliumMessage? ReplyTo(string id) => sent.GetValueOrDefault("reply:" + id);

    private async Task<MyceliumNode> AddAsync(string name, int port, string? socketPath)
    {
        var node = new MyceliumNode(this, name, port, socketPath);
        await node.StartAsync();
        nodes[name] = node;
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes.Values)
            await node.DisposeAsync();
    }
}

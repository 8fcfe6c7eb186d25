using System.Net;
using System.Text;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The topics that a node accepts. It drops other messages without notifying the sender.</summary>
public sealed class MyceliumTopics
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, HashSet<IPNetwork>> sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> sockets = new(StringComparer.Ordinal);

    internal MyceliumTopics() { }

    /// <summary>Whether topics that are not listed are accepted (the default) or dropped.</summary>
    public bool AcceptsUnlisted { get; set; } = true;

    /// <summary>Lists a topic; with sources, only these may use it.</summary>
    /// <param name="topic">The topic as text.</param>
    /// <param name="sources">Subnets, for example <c>548:c783:d7ce:74a3::/64</c>.</param>
    public void Allow(string topic, params ReadOnlySpan<string> sources)
    {
        Add(Key(Encoding.UTF8.GetBytes(topic)));
        foreach (var source in sources)
            Add(Key(Encoding.UTF8.GetBytes(topic)), IPNetwork.Parse(source));
    }

    /// <summary>The listed topics as base64, as in the API.</summary>
    public IReadOnlyList<string> Listed
    {
        get
        {
            lock (gate)
                return [.. this.sources.Keys];
        }
    }

    internal static string Key(ReadOnlySpan<byte> topic) => Convert.ToBase64String(topic);

    internal bool Accepts(ReadOnlySpan<byte> topic, IPAddress source)
    {
        lock (gate)
        {
            if (!this.sources.TryGetValue(Key(topic), out var allowed))
                return AcceptsUnlisted;
            return allowed.Count == 0 || allowed.Any(subnet => subnet.Contains(source));
        }
    }

    internal void Add(string key, IPNetwork? source = null)
    {
        lock (gate)
        {
            if (!this.sources.TryGetValue(key, out var allowed))
                this.sources[key] = allowed = [];
            if (source is { } subnet)
                allowed.Add(subnet);
        }
    }

    internal void Remove(string key)
    {
        lock (gate)
            this.sources.Remove(key);
    }

    internal void Remove(string key, IPNetwork source)
    {
        lock (gate)
            this.sources.GetValueOrDefault(key)?.Remove(source);
    }

    internal IReadOnlyList<string>? Sources(string key)
    {
        lock (gate)
            return this.sources.TryGetValue(key, out var allowed)
                ? [.. allowed.Select(subnet => subnet.ToString())]
                : null;
    }

    /// <summary>The setting is stored, but no message is forwarded: messages stay in the inbox.</summary>
    internal string? Socket(string key)
    {
        lock (gate)
            return sockets.GetValueOrDefault(key);
    }

    internal void Forward(string key, string? socket)
    {
        lock (gate)
        {
            if (socket is null)
                sockets.Remove(key);
            else
                sockets[key] = socket;
        }
    }
}

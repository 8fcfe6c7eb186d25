using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using HeroOnboarding.Simulators.Web;
using Org.BouncyCastle.Crypto.Digests;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>One node: a key, the /64 that belongs to it, and a daemon with an API of its own, which asks nobody for a password.</summary>
public sealed class MyceliumNode : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly List<MyceliumMessage> inbox = [];

    internal MyceliumNode(MyceliumSimulator net, string name, int port, string? socketPath)
    {
        Name = name;
        Key = SHA256.HashData(Encoding.UTF8.GetBytes("simulated node of " + name));
        IpAddress = AddressOf(Key);
        var builder = LoopbackHost.Builder(port);
        if (socketPath is not null)
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(socketPath));
        app = builder.Build();
        MyceliumApi.Map(app, net, this);
        MyceliumPages.Map(app, net, this);
    }

    public string Name { get; }

    /// <summary>The public key; the same for the same name, so that addresses stay between runs.</summary>
    public byte[] Key { get; }

    /// <summary>64 hexadecimal digits.</summary>
    public string PublicKey => Convert.ToHexStringLower(Key);

    /// <summary>The address derived from the key; the node answers its whole /64.</summary>
    public IPAddress IpAddress { get; }

    /// <summary>Where the daemon listens, for example <c>http://127.0.0.1:40123/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    public MyceliumKnobs Knobs { get; } = new();

    /// <summary>One call of the API at a time: a long poll holds it for its whole duration (threefoldtech/mycelium, v0.7.10).</summary>
    public bool IsBusy => Turn.CurrentCount == 0;

    internal SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>Messages that arrived and were not read yet, the oldest first.</summary>
    public IReadOnlyList<MyceliumMessage> Inbox
    {
        get { lock (inbox) return [.. inbox]; }
    }

    /// <summary>First 16 bytes of BLAKE3 of the key, the first one 4 or 5 by the parity of its ones (threefoldtech/mycelium, crypto.rs).</summary>
    public static IPAddress AddressOf(ReadOnlySpan<byte> key)
    {
        var digest = new Blake3Digest();
        digest.BlockUpdate(key);
        Span<byte> hash = stackalloc byte[32];
        digest.DoFinal(hash);
        hash[0] = (byte)(4 + (BitOperations.PopCount(hash[0]) & 1));
        return new IPAddress(hash[..16]);
    }

    /// <summary>Another address of the same node.</summary>
    public IPAddress Other(byte last)
    {
        var bytes = IpAddress.GetAddressBytes();
        bytes[15] = last;
        return new IPAddress(bytes);
    }

    internal bool Has(IPAddress ip) => ip.GetAddressBytes().AsSpan(0, 8).SequenceEqual(IpAddress.GetAddressBytes().AsSpan(0, 8));

    internal void Arrive(MyceliumMessage message, DateTimeOffset now)
    {
        lock (inbox)
        {
            if (message.ArrivedAt is not null)
                return;
            message.ArrivedAt = now;
            inbox.Add(message);
        }
    }

    /// <param name="topic">Exactly equal, although the API's description speaks of a prefix; replies have none and pass every filter.</param>
    internal MyceliumMessage? Take(byte[]? topic, bool peek, DateTimeOffset now)
    {
        lock (inbox)
        {
            var found = inbox.FirstOrDefault(m => topic is null || m.IsReply || m.Topic.AsSpan().SequenceEqual(topic));
            if (found is not null && !peek)
            {
                inbox.Remove(found);
                found.ReadAt = now;
            }
            return found;
        }
    }

    internal async Task StartAsync()
    {
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features
            .Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses;
        Address = new Uri(addresses.First(a => a.StartsWith("http://127.", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Turn.Dispose();
    }
}

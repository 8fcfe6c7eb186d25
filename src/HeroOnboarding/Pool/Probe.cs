using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Pool;

/// <summary>
/// The result of a probe. NotAsked: the machine has no address to probe, or one that probes may not use.
/// </summary>
public enum ProbeAnswer
{
    Up,
    Down,
    NotAsked,
}

/// <summary>The addresses of a machine that a probe may use.</summary>
public sealed record ProbeTarget(string? Address, string? MyceliumIp, int? SshPort, string? CockpitUrl)
{
    public static ProbeTarget Of(PoolVm vm) => new(vm.Address, vm.MyceliumIp, vm.SshPort, vm.CockpitUrl);
}

/// <summary>Name resolution and connections of probes; replaced in tests.</summary>
public sealed record ProbeWire(
    Func<string, CancellationToken, Task<IPAddress[]>> ResolveAsync,
    Func<IPEndPoint, CancellationToken, Task<Stream>> ConnectAsync
)
{
    public static ProbeWire Real { get; } =
        new(
            Dns.GetHostAddressesAsync,
            async (to, cancel) =>
            {
                var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(to, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
        );
}

/// <summary>
/// Probes one machine: a TCP connection to its SSH port, or a request for its cockpit's page. A name is resolved once,
/// and that address is connected to; redirects are not followed. The result is up or down and nothing else, so that a
/// probe cannot be used to read other hosts.
/// </summary>
public sealed class Probe : IDisposable
{
    private readonly PortalOptions portal;
    private readonly ProbeOptions probes;
    private readonly ProbeWire wire;
    private readonly TimeProvider clock;
    private readonly HttpMessageInvoker http;

    public Probe(PortalOptions portal, ProbeOptions probes, ProbeWire wire, TimeProvider clock)
    {
        (this.portal, this.probes, this.wire, this.clock) = (portal, probes, wire, clock);
        http = new(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
                PooledConnectionLifetime = TimeSpan.Zero,
                MaxResponseHeadersLength = 16,
                ConnectCallback = async (context, cancel) =>
                    await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancel),
            }
        );
    }

    /// <exception cref="InvalidOperationException">Called inside a unit of work, where a slow machine would
    /// block the store.</exception>
    public async Task<ProbeAnswer> AskAsync(ProbeTarget target, CancellationToken cancel)
    {
        if (Unit.IsRunning)
            throw new InvalidOperationException("A probe inside a unit of work; ask before it.");
        if (!probes.IsOn)
            throw new InvalidOperationException("PROBE is off.");
        using var patience = new CancellationTokenSource(probes.Timeout, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return probes.Http ? await AskPageAsync(target, limit.Token) : await AskPortAsync(target, limit.Token);
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested && Database.Chain(e).Any(c => c is ForbiddenAddressException))
        {
            return ProbeAnswer.NotAsked;
        }
        catch (Exception e)
            when (!cancel.IsCancellationRequested
                && e is SocketException or HttpRequestException or IOException or OperationCanceledException
            )
        {
            return ProbeAnswer.Down;
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<ProbeAnswer> AskPortAsync(ProbeTarget target, CancellationToken cancel)
    {
        if ((target.Address ?? target.MyceliumIp) is not { } host)
            return ProbeAnswer.NotAsked;
        await using var connection = await ConnectAsync(host, target.SshPort ?? 22, cancel);
        return ProbeAnswer.Up;
    }

    /// <summary>Any status below 500 counts as up, also a redirect to a sign-in.</summary>
    private async Task<ProbeAnswer> AskPageAsync(ProbeTarget target, CancellationToken cancel)
    {
        if (target.CockpitUrl is null)
            return ProbeAnswer.NotAsked;
        using var request = new HttpRequestMessage(HttpMethod.Get, target.CockpitUrl);
        request.Headers.TryAddWithoutValidation("User-Agent", "hero-onboarding-probe");
        using var response = await http.SendAsync(request, cancel);
        return (int)response.StatusCode < 500 ? ProbeAnswer.Up : ProbeAnswer.Down;
    }

    private async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancel)
    {
        var found = IPAddress.TryParse(host.Trim('[', ']'), out var literal)
            ? [literal]
            : await wire.ResolveAsync(host, cancel);
        var address = Array.Find(found, a => ProbeRules.Allows(a, probes.Allowed, portal.IsDevelopment));
        if (address is null)
            throw found.Length == 0
                ? new SocketException((int)SocketError.HostNotFound)
                : new ForbiddenAddressException();
        return await wire.ConnectAsync(new(address, port), cancel);
    }

    private sealed class ForbiddenAddressException() : Exception("Probes may not go there.");
}

/// <summary>
/// The addresses that probes may use: never this computer, link-local addresses or a cloud's metadata service, whatever
/// a pool entry contains.
/// </summary>
public static class ProbeRules
{
    private static readonly IPNetwork[] Never =
    [
        .. new[]
        {
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "224.0.0.0/4",
            "255.255.255.255/32",
            "100.100.100.200/32",
            "192.0.0.192/32",
            "168.63.129.16/32",
            "::/128",
            "::1/128",
            "fe80::/10",
            "ff00::/8",
            "fd00:ec2::/32",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private static readonly (IPNetwork Network, int At)[] Carriers =
    [
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
        (IPNetwork.Parse("::/96"), 12),
    ];

    /// <param name="allowed">Empty to allow every address that is not forbidden.</param>
    public static bool Allows(IPAddress address, IReadOnlyList<IPNetwork> allowed, bool development)
    {
        var plain = Plain(address);
        return (development || !Never.Any(n => n.Contains(plain) || n.Contains(address)))
            && (allowed.Count == 0 || allowed.Any(n => n.Contains(plain)));
    }

    /// <summary>
    /// Extracts an IPv4 address that is embedded in an IPv6 one: mapped, NAT64, 6to4, or IPv4-compatible.
    /// </summary>
    private static IPAddress Plain(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        foreach (var (network, at) in Carriers)
            if (
                network.Contains(address)
                && !IPAddress.IPv6Loopback.Equals(address)
                && !IPAddress.IPv6Any.Equals(address)
            )
                return new IPAddress(bytes.AsSpan(at, 4));
        return address;
    }
}

using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Tests.Pool;

/// <summary>A network of machines for probes. It records which endpoints were asked.</summary>
internal sealed class ProbedNetwork
{
    /// <summary>Addresses that answer, by their last number; all others refuse the connection.</summary>
    public HashSet<string> Up { get; } = [.. Enumerable.Range(1, 40).Select(n => $"10.0.0.{n}")];

    /// <summary>Address and port of every probe, in order.</summary>
    public List<string> Asked { get; } = [];
    private readonly Lock gate = new();

    /// <summary>A portal that probes in this network.</summary>
    public async Task<Portal> StartAsync(Db db, int machines)
    {
        var wire = new ProbeWire(
            (host, _) =>
                Task.FromResult(
                    host switch
                    {
                        "good.example" => [IPAddress.Parse("10.0.0.7")],
                        "metadata.example" => [IPAddress.Parse("169.254.169.254")],
                        _ => Array.Empty<IPAddress>(),
                    }
                ),
            (to, _) =>
            {
                lock (gate)
                {
                    Asked.Add(to.ToString());
                    return Up.Contains(to.Address.ToString())
                        ? Task.FromResult<Stream>(new MemoryStream())
                        : throw new SocketException((int)SocketError.ConnectionRefused);
                }
            }
        );
        return await Portal.StartAsync(
            db,
            Portal.Machines(machines),
            new Dictionary<string, string?> { ["PROBE"] = "tcp" },
            adjust: services => services.Replace(ServiceDescriptor.Singleton(wire))
        );
    }
}

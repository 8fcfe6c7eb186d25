using System.Net.Sockets;
using HeroOnboarding.Simulators.Mycelium;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>Keys, addresses, and what a node tells about itself and others.</summary>
public sealed class MyceliumSimulatorNodes
{
    [Theory]
    [InlineData(
        "a47c1d6f2a15b2c670d3a88fbe0aeb301ced12f7bcb4c8e3aa877b20f8559c02",
        "548:c783:d7ce:74a3:9ba1:a0cb:ae21:338d"
    )]
    [InlineData(
        "955bf6bea5e1150fd8e270c12e5b2fc08f08f7c5f3799d10550096cc137d671b",
        "514:74ce:dd13:296f:ada7:4d2e:9335:acac"
    )]
    [InlineData(
        "bb39b4a3a4efd70f3e05e37887677e02efbda14681d0acd3882bc0f754792c32",
        "57f:ad8b:cfa2:e46a:adb7:fe0d:4878:1f71"
    )]
    [InlineData(
        "0000000000000000000000000000000000000000000000000000000000000000",
        "5da:83c1:819a:5372:dae1:238f:c1de:d123"
    )]
    [InlineData(
        "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f",
        "430:9364:d8d8:84a9:dd60:de78:c767:d361"
    )]
    public void An_address_follows_from_the_key(string key, string address) =>
        Assert.Equal(address, MyceliumAddress.Of(Convert.FromHexString(key)).ToString());

    [Fact]
    public void A_public_key_follows_from_the_private_one() =>
        Assert.Equal(
            "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f",
            Convert.ToHexStringLower(MyceliumAddress.PublicKeyOf([.. Enumerable.Range(0, 32).Select(i => (byte)i)]))
        );

    [Fact]
    public async Task Names_have_the_same_addresses_in_every_run()
    {
        await using var first = await Mycelium.StartAsync();
        await using var second = await Mycelium.StartAsync();
        Assert.Equal(["portal", "asha", "juma", "zawadi"], first.Net.Nodes.Select(n => n.Name));
        Assert.Equal(
            first.Net.Nodes.Select(n => (n.IpAddress, n.PublicKey)),
            second.Net.Nodes.Select(n => (n.IpAddress, n.PublicKey))
        );
        Assert.Equal(4, first.Net.Nodes.Select(n => n.Subnet).Distinct().Count());
        Assert.All(
            first.Net.Nodes,
            n => Assert.Equal(n.IpAddress, MyceliumAddress.Of(Convert.FromHexString(n.PublicKey)).ToString())
        );
        Assert.NotEqual(first.Asha.IpAddress, first.Net.Node("neema").IpAddress);
        Assert.Same(first.Net.Node("neema"), first.Net.Nodes[^1]);
    }

    [Fact]
    public async Task A_node_tells_who_it_is_and_whose_an_address_is()
    {
        await using var mycelium = await Mycelium.StartAsync();
        var (status, admin) = await mycelium.GetAsync(mycelium.Asha, "/admin");
        Assert.Equal(
            (200, mycelium.Asha.IpAddress, mycelium.Asha.PublicKey),
            (status, admin.GetProperty("nodeIp").GetString(), admin.GetProperty("nodePubkey").GetString())
        );
        Assert.Equal(mycelium.Asha.Subnet, admin.GetProperty("nodeSubnet").GetString());
        Assert.Equal(mycelium.Clock.GetUtcNow().ToUnixTimeSeconds(), admin.GetProperty("nodeStartTime").GetInt64());
        foreach (
            var address in new[]
            {
                mycelium.Asha.IpAddress,
                mycelium.Asha.InSubnet(1),
                mycelium.Asha.InSubnet(ulong.MaxValue),
            }
        )
        {
            var (found, key) = await mycelium.GetAsync(mycelium.Portal, "/pubkey/" + address);
            Assert.Equal((200, mycelium.Asha.PublicKey), (found, key.GetProperty("publicKey").GetString()));
        }
        Assert.Equal(
            404,
            await mycelium.StatusAsync(
                mycelium.Portal,
                HttpMethod.Get,
                "/pubkey/5da:83c1:819a:5372:dae1:238f:c1de:d123"
            )
        );
        Assert.Equal(404, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Get, "/pubkey/10.1.2.3"));
        Assert.Equal(400, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Get, "/pubkey/asha"));
        Assert.Equal(new MyceliumCall("GET", "/api/v1/pubkey/asha", 400), mycelium.Portal.Calls[^1]);
    }

    [Fact]
    public async Task Peers_come_and_go()
    {
        await using var mycelium = await Mycelium.StartAsync();
        const string endpoint = "tcp://10.1.2.3:9651";
        Assert.Equal(
            204,
            await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Post, "/admin/peers", new { endpoint })
        );
        Assert.Equal(
            409,
            await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Post, "/admin/peers", new { endpoint })
        );
        Assert.Equal(
            400,
            await mycelium.StatusAsync(
                mycelium.Portal,
                HttpMethod.Post,
                "/admin/peers",
                new { endpoint = "ftp://10.1.2.3:9651" }
            )
        );
        Assert.Equal(422, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Post, "/admin/peers", new { }));
        var (_, peers) = await mycelium.GetAsync(mycelium.Portal, "/admin/peers");
        Assert.Equal(
            "10.1.2.3:9651",
            Assert.Single(peers.EnumerateArray()).GetProperty("endpoint").GetProperty("socketAddr").GetString()
        );
        var path = "/admin/peers/" + Uri.EscapeDataString(endpoint);
        Assert.Equal(204, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Delete, path));
        Assert.Equal(404, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Delete, path));
        Assert.Equal(400, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Delete, "/admin/peers/nowhere"));
    }

    [Fact]
    public async Task The_portal_s_node_can_be_reached_by_a_socket_too_also_over_an_old_one()
    {
        var path = Path.Combine(Path.GetTempPath(), $"hero-mycelium-{Guid.NewGuid():N}.sock");
        await File.WriteAllTextAsync(path, "left behind", TestContext.Current.CancellationToken);
        await using (var mycelium = await Mycelium.StartAsync(o => o with { SocketPath = path }))
        {
            using var client = new HttpClient(
                new SocketsHttpHandler
                {
                    ConnectCallback = async (_, stop) =>
                    {
                        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                }
            );
            var bySocket = await client.GetStringAsync(
                new Uri("http://localhost/api/v1/admin"),
                TestContext.Current.CancellationToken
            );
            Assert.Contains(mycelium.Portal.PublicKey, bySocket, StringComparison.Ordinal);
            Assert.Equal(200, await mycelium.StatusAsync(mycelium.Portal, HttpMethod.Get, "/admin"));
        }
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_taken_port_is_said_at_the_start()
    {
        await using var mycelium = await Mycelium.StartAsync();
        await Assert.ThrowsAsync<IOException>(() =>
            MyceliumSimulator.StartAsync(new MyceliumOptions { Port = mycelium.Net.Address.Port })
        );
    }
}

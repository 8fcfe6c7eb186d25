using System.Net;
using HeroOnboarding.Simulators.Web;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>
/// The server of one node: the daemon's API below <c>/api/v1</c>, and the pages. Like the real one it
/// has no authentication.
/// </summary>
internal sealed class MyceliumApi(MyceliumNetwork network, MyceliumNode node)
{
    private const string Base = "/api/v1";

    /// <summary>
    /// Starts the server. The portal's node has the port and socket of the options; the others take free ports.
    /// </summary>
    /// <exception cref="IOException">The port or socket is taken.</exception>
    public static WebApplication Start(MyceliumNetwork network, MyceliumNode node)
    {
        var isPortal = node.Name == MyceliumSimulator.PortalName;
        var builder = LoopbackHost.Builder(isPortal ? network.Options.Port : 0);
        if (isPortal && network.Options.SocketPath is { } path)
        {
            File.Delete(path);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path));
        }
        var app = builder.Build();
        new MyceliumApi(network, node).Map(app);
        MyceliumWeb.Map(app, network);
        app.Start();
        return app;
    }

    /// <summary>The TCP address on which it listens, also if it has a socket.</summary>
    public static Uri AddressOf(WebApplication app) =>
        new(
            app.Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.Single(address => !address.Contains("unix:", StringComparison.Ordinal))
        );

    /// <summary>Runs while it holds the node's lock: during a long poll all other calls wait.</summary>
    public async Task<T> InTurnAsync<T>(HttpContext http, Func<CancellationToken, Task<T>> act)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, network.Stopping);
        await node.Turn.WaitAsync(ended.Token);
        try
        {
            return await act(ended.Token);
        }
        finally
        {
            node.Turn.Release();
        }
    }

    private void Map(WebApplication app)
    {
        app.Use(TroubleAsync);
        app.MapGet(
            Base + "/admin",
            InTurn(_ =>
                Results.Json(
                    new
                    {
                        nodeSubnet = node.Subnet,
                        nodeIp = node.IpAddress,
                        nodePubkey = node.PublicKey,
                        nodeStartTime = node.StartedAt.ToUnixTimeSeconds(),
                    }
                )
            )
        );
        app.MapGet(Base + "/pubkey/{ip}", InTurn(PublicKey));
        app.MapGet(Base + "/admin/peers", InTurn(_ => Results.Json(node.Peers.Keys.Select(Peer))));
        app.MapPost(Base + "/admin/peers", (Delegate)AddPeerAsync);
        app.MapDelete(Base + "/admin/peers/{endpoint}", InTurn(RemovePeer));
        new MyceliumMessagesApi(network, node, this).Map(app, Base + "/messages");
        new MyceliumTopicsApi(node, this).Map(app, Base + "/messages/topics");
    }

    public Delegate InTurn(Func<HttpContext, IResult> act) =>
        (HttpContext http) => InTurnAsync(http, _ => Task.FromResult(act(http)));

    private async Task TroubleAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments("/api"))
        {
            await next(http);
            return;
        }
        var status = 0;
        try
        {
            status = await AnswerAsync(http, next);
        }
        catch (OperationCanceledException)
            when (http.RequestAborted.IsCancellationRequested || network.Stopping.IsCancellationRequested)
        {
            // The connection is closed below, as for a node that is down.
        }
        finally
        {
            // Recorded before the caller gets the answer.
            node.Note(new MyceliumCall(http.Request.Method, http.Request.Path + http.Request.QueryString, status));
        }
        if (status == 0)
            http.Abort();
    }

    private async Task<int> AnswerAsync(HttpContext http, RequestDelegate next)
    {
        MyceliumKnobs[] both = [node.Knobs, network.Knobs];
        if (both.Max(knobs => knobs.Slow) is var wait && wait > TimeSpan.Zero)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, network.Stopping);
            await Task.Delay(wait, ended.Token);
        }
        if (node.IsDown)
            return 0;
        if (both.Any(knobs => knobs.Broken))
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        else if (both.Any(knobs => knobs.Garbage))
            await http.Response.WriteAsync("<html>not what you expect", http.RequestAborted);
        else
            await next(http);
        return http.Response.StatusCode;
    }

    private IResult PublicKey(HttpContext http)
    {
        if (!IPAddress.TryParse(Route(http, "ip"), out var ip))
            return Results.BadRequest();
        if (network.Owner(ip) is not { } owner || (owner.IsDown && owner != node))
            return Results.NotFound();
        var foreign = node.Knobs.ForeignKeys || network.Knobs.ForeignKeys;
        return Results.Json(new { publicKey = foreign ? Foreign(owner.PublicKey) : owner.PublicKey });
    }

    private static string Foreign(string publicKey) => (publicKey[0] == '0' ? '1' : '0') + publicKey[1..];

    private async Task<IResult> AddPeerAsync(HttpContext http)
    {
        var (body, problem) = await MyceliumJson.ReadAsync(http);
        if (problem is not null)
            return problem;
        if (MyceliumJson.Text(body, "endpoint") is not { } endpoint)
            return Results.UnprocessableEntity();
        if (!IsEndpoint(endpoint))
            return Results.BadRequest();
        return await InTurnAsync(
            http,
            _ => Task.FromResult(node.Peers.TryAdd(endpoint, 0) ? Results.NoContent() : Results.Conflict())
        );
    }

    private IResult RemovePeer(HttpContext http)
    {
        var endpoint = Uri.UnescapeDataString(Route(http, "endpoint"));
        if (!IsEndpoint(endpoint))
            return Results.BadRequest();
        return node.Peers.TryRemove(endpoint, out _) ? Results.NoContent() : Results.NotFound();
    }

    private static object Peer(string endpoint)
    {
        var parts = endpoint.Split("://");
        return new
        {
            endpoint = new { proto = parts[0], socketAddr = parts[1] },
            type = "static",
            connectionState = "alive",
            txBytes = 0,
            rxBytes = 0,
        };
    }

    private static bool IsEndpoint(string endpoint) =>
        endpoint.Split("://") is [("tcp" or "tls" or "quic"), var socket]
        && IPEndPoint.TryParse(socket, out var parsed)
        && parsed.Port > 0;

    internal static string Route(HttpContext http, string name) => http.GetRouteValue(name)?.ToString() ?? "";
}

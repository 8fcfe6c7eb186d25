using System.Globalization;
using System.Net;
using System.Text.Json;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The REST API of one daemon, under <c>/api/v1</c> (threefoldtech/mycelium, docs/api.yaml and code of v0.7.10).</summary>
internal static class MyceliumApi
{
    private const int MostTopicBytes = 255;

    public static void Map(WebApplication app, MyceliumSimulator net, MyceliumNode node)
    {
        app.Use((http, next) => TroubleAsync(http, next, node));
        var api = app.MapGroup("/api/v1");
        api.MapGet("/admin", () => Results.Json(new { nodeSubnet = $"{Subnet(node)}::/64", nodeIp = node.IpAddress.ToString(), nodePubkey = node.PublicKey, nodeStartTime = net.Time.GetUtcNow().ToUnixTimeSeconds() }));
        api.MapGet("/pubkey/{ip}", (string ip) => PublicKey(net, node, ip));
        api.MapPost("/messages", (Delegate)((HttpContext http) => PushAsync(http, net, node)));
        api.MapGet("/messages", (Delegate)((HttpContext http) => PopAsync(http, net, node)));
        api.MapGet("/messages/status/{id}", (string id) => Status(net, id));
        api.MapPost("/messages/reply/{id}", (HttpContext http, string id) => ReplyAsync(http, net, node, id));
        api.MapGet("/messages/topics/default", () => Results.Json(new { accept = node.Knobs.RefusedTopics.Count == 0 }));
    }

    private static async Task TroubleAsync(HttpContext http, RequestDelegate next, MyceliumNode node)
    {
        if (!http.Request.Path.StartsWithSegments("/api"))
        {
            await next(http);
            return;
        }
        if (node.Knobs.Down)
        {
            http.Abort();
            return;
        }
        if (node.Knobs.Silent)
        {
            try { await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted); }
            catch (OperationCanceledException) { return; }
        }
        if (node.Knobs.Broken || node.Knobs.Garbage)
        {
            http.Response.StatusCode = node.Knobs.Broken ? 500 : 200;
            await http.Response.WriteAsync("<not json>");
            return;
        }
        await node.Turn.WaitAsync(http.RequestAborted);
        try { await next(http); }
        finally { node.Turn.Release(); }
    }

    private static IResult PublicKey(MyceliumSimulator net, MyceliumNode node, string ip)
    {
        if (!IPAddress.TryParse(ip, out var address))
            return Results.BadRequest();
        if (node.Knobs.ForeignKey is { } foreign)
            return Results.Json(new { publicKey = foreign });
        return net.NodeOf(address) is { } found && !found.Knobs.Unreachable ? Results.Json(new { publicKey = found.PublicKey }) : Results.NotFound();
    }

    private static async Task<IResult> PushAsync(HttpContext http, MyceliumSimulator net, MyceliumNode node)
    {
        byte[] topic, payload;
        JsonElement dst;
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            dst = body.RootElement.GetProperty("dst").Clone();
            // The standard alphabet with padding, nothing else.
            topic = body.RootElement.TryGetProperty("topic", out var t) ? Convert.FromBase64String(t.GetString()!) : [];
            payload = Convert.FromBase64String(body.RootElement.GetProperty("payload").GetString()!);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            return Results.StatusCode(StatusCodes.Status422UnprocessableEntity);
        }
        if (topic.Length > MostTopicBytes)
            return Results.BadRequest();
        var (to, ip) = Receiver(net, dst);
        if (ip is null)
            return Results.StatusCode(StatusCodes.Status422UnprocessableEntity);
        var message = net.Send(new MyceliumMessage(node, to, ip.ToString(), topic, payload, net.Time.GetUtcNow()));
        if (!http.Request.Query.TryGetValue("reply_timeout", out _))
            return Results.Json(new { id = message.Id }, statusCode: StatusCodes.Status201Created);
        return net.ReplyTo(message.Id) is { } reply ? Results.Json(Inbound(reply)) : Results.Json(new { id = message.Id }, statusCode: StatusCodes.Status408RequestTimeout);
    }

    private static (MyceliumNode? To, IPAddress? Ip) Receiver(MyceliumSimulator net, JsonElement dst)
    {
        if (dst.TryGetProperty("ip", out var text) && IPAddress.TryParse(text.GetString(), out var ip))
            return (net.NodeOf(ip), ip);
        if (!dst.TryGetProperty("pk", out var hex) || hex.GetString() is not { Length: 64 } digits)
            return default;
        var key = Convert.FromHexString(digits);
        return (net.NodeOf(key), MyceliumNode.AddressOf(key));
    }

    private static async Task<IResult> PopAsync(HttpContext http, MyceliumSimulator net, MyceliumNode node)
    {
        var query = http.Request.Query;
        byte[]? topic = null;
        if (query["topic"].ToString() is { Length: > 0 } encoded)
            try { topic = Convert.FromBase64String(encoded); }
            catch (FormatException) { return Results.BadRequest(); }
        var end = net.Time.GetUtcNow().AddSeconds(double.TryParse(query["timeout"], CultureInfo.InvariantCulture, out var wait) ? wait : 0);
        while (true)
        {
            net.Deliver();
            if (node.Take(topic, query["peek"] == "true", net.Time.GetUtcNow()) is { } message)
                return Results.Json(Inbound(message));
            if (net.Time.GetUtcNow() >= end)
                return Results.NoContent();
            await Task.Delay(TimeSpan.FromMilliseconds(50), net.Time, http.RequestAborted);
        }
    }

    private static IResult Status(MyceliumSimulator net, string id)
    {
        net.Deliver();
        return net.Sent(id) is not { } m ? Results.NotFound() : Results.Json(new
        {
            dst = m.DstIp,
            state = m.State(net.Time.GetUtcNow()),
            created = m.CreatedAt.ToUnixTimeSeconds(),
            deadline = (m.CreatedAt + MyceliumMessage.Patience).ToUnixTimeSeconds(),
            msgLen = m.Payload.Length,
        });
    }

    private static async Task<IResult> ReplyAsync(HttpContext http, MyceliumSimulator net, MyceliumNode node, string id)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        if (net.Sent(id) is { } asked)
            net.Send(new MyceliumMessage(node, asked.From, asked.From.IpAddress.ToString(), [], Convert.FromBase64String(body.RootElement.GetProperty("payload").GetString()!), net.Time.GetUtcNow(), id));
        return Results.NoContent();
    }

    private static object Inbound(MyceliumMessage m) => new
    {
        id = m.Id,
        srcIp = m.From.IpAddress.ToString(),
        srcPk = m.From.PublicKey,
        dstIp = m.DstIp,
        dstPk = m.To?.PublicKey,
        topic = m.Topic.Length == 0 ? null : Convert.ToBase64String(m.Topic),
        payload = Convert.ToBase64String(m.Payload),
    };

    private static string Subnet(MyceliumNode node)
    {
        var bytes = node.IpAddress.GetAddressBytes();
        return string.Join(':', Enumerable.Range(0, 4).Select(n => ((bytes[n * 2] << 8) | bytes[(n * 2) + 1]).ToString("x", CultureInfo.InvariantCulture)));
    }
}

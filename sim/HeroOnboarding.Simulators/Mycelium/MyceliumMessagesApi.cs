using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The API for sending, reading and following messages.</summary>
internal sealed class MyceliumMessagesApi(MyceliumNetwork network, MyceliumNode node, MyceliumApi api)
{
    private const int LongestTopic = 255;
    private const int LongestPatience = 86_400;

    public void Map(WebApplication app, string path)
    {
        app.MapPost(path, (Delegate)PushAsync);
        app.MapGet(path, (Delegate)PopAsync);
        app.MapGet(path + "/status/{id}", api.InTurn(Status));
        app.MapPost(path + "/reply/{id}", (Delegate)ReplyAsync);
    }

    private async Task<IResult> PushAsync(HttpContext http)
    {
        var (push, problem) = await ReadAsync(http);
        if (problem is not null)
            return problem;
        if (!Seconds(http, "reply_timeout", out var patience))
            return Results.BadRequest();
        if (push.Topic.Length > LongestTopic)
            return Results.BadRequest();
        if (patience is not { } wait)
        {
            var sent = await api.InTurnAsync(
                http,
                _ => Task.FromResult(network.Send(node, push.To, push.Topic, push.Payload))
            );
            return Results.Json(new { id = sent.Id }, statusCode: StatusCodes.Status201Created);
        }
        // Waiting for a reply does not hold the node's lock.
        var (message, reply) = await api.InTurnAsync(
            http,
            _ => Task.FromResult(node.Ask(push.To, push.Topic, push.Payload))
        );
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, network.Stopping);
            return Results.Json(Json(await reply.WaitAsync(wait, network.Options.Time, ended.Token)));
        }
        catch (TimeoutException)
        {
            return Results.Json(new { id = message.Id }, statusCode: StatusCodes.Status408RequestTimeout);
        }
        finally
        {
            node.StopWaiting(message.Id);
        }
    }

    private async Task<IResult> PopAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var topic = query.ContainsKey("topic") ? MyceliumJson.Bytes(query["topic"]) : null;
        if (query.ContainsKey("topic") && topic is null)
            return Results.BadRequest();
        if (query["peek"].ToString() is not ("" or "true" or "false"))
            return Results.BadRequest();
        if (!Seconds(http, "timeout", out var patience))
            return Results.BadRequest();
        var found = await api.InTurnAsync(
            http,
            stop => node.TakeAsync(topic, query["peek"] == "true", patience ?? TimeSpan.Zero, stop)
        );
        return found is null ? Results.NoContent() : Results.Json(Json(found));
    }

    private async Task<IResult> ReplyAsync(HttpContext http)
    {
        var id = MyceliumApi.Route(http, "id");
        if (!IsId(id))
            return Results.BadRequest();
        var (reply, problem) = await ReadAsync(http);
        if (problem is not null)
            return problem;
        // A reply has no topic, whatever the request contains.
        await api.InTurnAsync(http, _ => Task.FromResult(network.Send(node, reply.To, default, reply.Payload, id)));
        return Results.NoContent();
    }

    private IResult Status(HttpContext http)
    {
        var id = MyceliumApi.Route(http, "id");
        if (!IsId(id))
            return Results.BadRequest();
        if (node.SentWith(id) is not { } message)
            return Results.NotFound();
        JsonNode state =
            message.State == "sending"
                ? new JsonObject
                {
                    ["sending"] = new JsonObject
                    {
                        ["pending"] = 0,
                        ["sent"] = 1,
                        ["acked"] = 0,
                    },
                }
                : message.State;
        return Results.Json(
            new
            {
                dst = message.To,
                state,
                created = message.Created.ToUnixTimeSeconds(),
                deadline = message.Deadline.ToUnixTimeSeconds(),
                msgLen = message.Payload.Length,
            }
        );
    }

    private static JsonObject Json(MyceliumMessage message)
    {
        var json = new JsonObject
        {
            ["id"] = message.Id,
            ["srcIp"] = message.From.IpAddress,
            ["srcPk"] = message.From.PublicKey,
            ["dstIp"] = message.To,
            ["dstPk"] = message.Receiver?.PublicKey,
        };
        if (message.TopicBytes.Length > 0)
            json["topic"] = Convert.ToBase64String(message.TopicBytes.Span);
        json["payload"] = Convert.ToBase64String(message.Payload.Span);
        return json;
    }

    private static async Task<(Push Push, IResult? Problem)> ReadAsync(HttpContext http)
    {
        var (body, problem) = await MyceliumJson.ReadAsync(http);
        if (problem is not null)
            return (default, problem);
        if (
            Destination(body) is not { } to
            || MyceliumJson.Bytes(MyceliumJson.Text(body, "payload")) is not { } payload
        )
            return (default, Results.UnprocessableEntity());
        var hasTopic = body.TryGetProperty("topic", out var given) && given.ValueKind != JsonValueKind.Null;
        var topic = hasTopic ? MyceliumJson.Bytes(MyceliumJson.Text(body, "topic")) : [];
        return topic is null ? (default, Results.UnprocessableEntity()) : (new Push(to, topic, payload), null);
    }

    /// <summary>The destination: an address, or the address of a key.</summary>
    private static IPAddress? Destination(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("dst", out var dst))
            return null;
        if (dst.ValueKind != JsonValueKind.Object || dst.EnumerateObject().Count() != 1)
            return null;
        if (MyceliumJson.Text(dst, "ip") is { } ip)
            return IPAddress.TryParse(ip, out var address) ? address : null;
        return
            MyceliumJson.Text(dst, "pk") is { Length: 2 * MyceliumAddress.KeyLength } key
            && key.All(char.IsAsciiHexDigit)
            ? MyceliumAddress.Of(Convert.FromHexString(key))
            : null;
    }

    private static bool Seconds(HttpContext http, string name, out TimeSpan? seconds)
    {
        seconds = null;
        if (!http.Request.Query.TryGetValue(name, out var text))
            return true;
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return false;
        seconds = TimeSpan.FromSeconds(Math.Min(number, LongestPatience));
        return true;
    }

    private static bool IsId(string id) => id.Length == 16 && id.All(char.IsAsciiHexDigit);

    private readonly record struct Push(IPAddress To, byte[] Topic, byte[] Payload);
}

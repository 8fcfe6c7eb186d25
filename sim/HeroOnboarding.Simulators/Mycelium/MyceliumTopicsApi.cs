using System.Net;
using System.Text.Json;

namespace HeroOnboarding.Simulators.Mycelium;

/// <summary>The API of the topics that a node accepts. Topics in paths are base64, percent-encoded.</summary>
internal sealed class MyceliumTopicsApi(MyceliumNode node, MyceliumApi api)
{
    private MyceliumTopics Topics => node.Topics;

    public void Map(WebApplication app, string path)
    {
        app.MapGet(path + "/default", api.InTurn(_ => Results.Json(new { accept = Topics.AcceptsUnlisted })));
        app.MapPut(path + "/default", (Delegate)SetDefaultAsync);
        app.MapGet(path, api.InTurn(_ => Results.Json(Topics.Listed)));
        app.MapPost(path, (Delegate)AddAsync);
        app.MapDelete(path + "/{topic}", OfTopic((_, key) => Done(() => Topics.Remove(key))));
        app.MapGet(
            path + "/{topic}/sources",
            OfTopic((_, key) => Topics.Sources(key) is { } sources ? Results.Json(sources) : Results.NotFound())
        );
        app.MapPost(path + "/{topic}/sources", (Delegate)AddSourceAsync);
        app.MapDelete(path + "/{topic}/sources/{subnet}", OfTopic(RemoveSource));
        app.MapGet(path + "/{topic}/forward", OfTopic((_, key) => Results.Json(Topics.Socket(key))));
        app.MapPut(path + "/{topic}/forward", (Delegate)ForwardAsync);
        app.MapDelete(path + "/{topic}/forward", OfTopic((_, key) => Done(() => Topics.Forward(key, socket: null))));
    }

    private Delegate OfTopic(Func<HttpContext, string, IResult> act) =>
        api.InTurn(http => Key(http) is { } key ? act(http, key) : Results.BadRequest());

    private static IResult Done(Action act, int status = StatusCodes.Status204NoContent)
    {
        act();
        return Results.StatusCode(status);
    }

    private Task<IResult> SetDefaultAsync(HttpContext http) =>
        WithBodyAsync(
            http,
            body =>
                body.ValueKind == JsonValueKind.Object
                && body.TryGetProperty("accept", out var accept)
                && accept.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? Done(() => Topics.AcceptsUnlisted = body.GetProperty("accept").GetBoolean())
                    : Results.UnprocessableEntity()
        );

    /// <summary>In this body the topic is a list of bytes (mycelium, message.rs).</summary>
    private Task<IResult> AddAsync(HttpContext http) =>
        WithBodyAsync(
            http,
            body =>
            {
                if (body.ValueKind != JsonValueKind.Array)
                    return Results.UnprocessableEntity();
                var bytes = new List<byte>();
                foreach (var item in body.EnumerateArray())
                {
                    if (item.ValueKind != JsonValueKind.Number || !item.TryGetByte(out var value))
                        return Results.UnprocessableEntity();
                    bytes.Add(value);
                }
                return Done(() => Topics.Add(MyceliumTopics.Key([.. bytes])), StatusCodes.Status201Created);
            }
        );

    private Task<IResult> AddSourceAsync(HttpContext http) =>
        WithBodyAsync(
            http,
            body =>
            {
                if (MyceliumJson.Text(body, "subnet") is not { } text)
                    return Results.UnprocessableEntity();
                if (Key(http) is not { } key || !IPNetwork.TryParse(text, out var subnet))
                    return Results.BadRequest();
                return Done(() => Topics.Add(key, subnet), StatusCodes.Status201Created);
            }
        );

    private IResult RemoveSource(HttpContext http, string key) =>
        IPNetwork.TryParse(Uri.UnescapeDataString(MyceliumApi.Route(http, "subnet")), out var subnet)
            ? Done(() => Topics.Remove(key, subnet))
            : Results.BadRequest();

    private Task<IResult> ForwardAsync(HttpContext http) =>
        WithBodyAsync(
            http,
            body =>
            {
                if (MyceliumJson.Text(body, "socketPath") is not { } socket)
                    return Results.UnprocessableEntity();
                return Key(http) is { } key ? Done(() => Topics.Forward(key, socket)) : Results.BadRequest();
            }
        );

    private async Task<IResult> WithBodyAsync(HttpContext http, Func<JsonElement, IResult> act)
    {
        var (body, problem) = await MyceliumJson.ReadAsync(http);
        return problem ?? await api.InTurnAsync(http, _ => Task.FromResult(act(body)));
    }

    /// <summary>The topic in the path as base64; its slashes arrive percent-encoded.</summary>
    private static string? Key(HttpContext http) =>
        MyceliumJson.Bytes(Uri.UnescapeDataString(MyceliumApi.Route(http, "topic"))) is { } topic
            ? MyceliumTopics.Key(topic)
            : null;
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Simulators.Mycelium;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>
/// A simulated overlay network with somebody who calls the nodes' APIs. Time stands still unless it is moved.
/// </summary>
internal sealed class Mycelium : IAsyncDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Hanging.Limit,
    };

    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());
    public MyceliumSimulator Net { get; private set; } = null!;
    public MyceliumNode Portal => Net.Portal;
    public MyceliumNode Asha => Net.Node("asha");

    public static async Task<Mycelium> StartAsync(Func<MyceliumOptions, MyceliumOptions>? change = null)
    {
        var mycelium = new Mycelium();
        var options = new MyceliumOptions { Time = mycelium.Clock };
        mycelium.Net = await MyceliumSimulator.StartAsync(change?.Invoke(options) ?? options);
        return mycelium;
    }

    public static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>A call of a node's API: its status and its JSON, if that is what came.</summary>
    public async Task<(int Status, JsonElement Json)> CallAsync(
        MyceliumNode node,
        HttpMethod method,
        string path,
        object? body = null,
        CancellationToken stop = default
    )
    {
        using var content = body switch
        {
            null => null,
            HttpContent given => given,
            _ => JsonContent.Create(body),
        };
        using var request = new HttpRequestMessage(method, new Uri(node.Address, "api/v1" + path))
        {
            Content = content,
        };
        using var response = await client.SendAsync(request, stop);
        var text = await response.Content.ReadAsStringAsync(stop);
        var isJson = response.Content.Headers.ContentType?.MediaType == "application/json";
        return ((int)response.StatusCode, isJson ? JsonSerializer.Deserialize<JsonElement>(text) : default);
    }

    public Task<(int Status, JsonElement Json)> GetAsync(
        MyceliumNode node,
        string path,
        CancellationToken stop = default
    ) => CallAsync(node, HttpMethod.Get, path, stop: stop);

    public Task<(int Status, JsonElement Json)> PostAsync(MyceliumNode node, string path, object body) =>
        CallAsync(node, HttpMethod.Post, path, body);

    public async Task<int> StatusAsync(MyceliumNode node, HttpMethod method, string path, object? body = null) =>
        (await CallAsync(node, method, path, body)).Status;

    /// <summary>Sends by the API of the portal's node; the message's id.</summary>
    public async Task<string> PushAsync(string ip, string? topic = "t", string text = "hello")
    {
        var (status, json) = await PostAsync(
            Portal,
            "/messages",
            new
            {
                dst = new { ip },
                topic = topic is null ? null : Base64(topic),
                payload = Base64(text),
            }
        );
        Assert.Equal(201, status);
        Assert.Matches("^[0-9a-f]{16}$", json.GetProperty("id").GetString());
        return json.GetProperty("id").GetString()!;
    }

    /// <summary>A message's state as the portal's node tells it; for <c>sending</c> only the word.</summary>
    public async Task<string> StateAsync(string id)
    {
        var (status, json) = await GetAsync(Portal, "/messages/status/" + id);
        Assert.Equal(200, status);
        var state = json.GetProperty("state");
        return state.ValueKind == JsonValueKind.String ? state.GetString()! : state.EnumerateObject().Single().Name;
    }

    public async Task<string> PageAsync(string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await client.GetAsync(new Uri(Net.Address, path));
        Assert.Equal(status, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    public async Task<HttpResponseMessage> PostFormAsync(string path, Dictionary<string, string> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        return await client.PostAsync(new Uri(Net.Address, path), form);
    }

    public async ValueTask DisposeAsync()
    {
        await Net.DisposeAsync();
        client.Dispose();
    }
}

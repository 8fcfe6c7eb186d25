using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>A simulated iDenfy with its partner: somebody who calls the API, clicks, and receives callbacks.</summary>
internal sealed class Idenfy : HttpMessageHandler, IAsyncDisposable
{
    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Hanging.Limit,
    };

    public required IdenfyOptions Options { get; init; }
    public required FakeTimeProvider Clock { get; init; }
    public IdenfySimulator Simulator { get; private init; } = null!;

    /// <summary>What the portal received: body and signature, in order.</summary>
    public ConcurrentQueue<(Uri Url, string Body, string? Signature)> Received { get; } = new();

    /// <summary>What the portal answers; null breaks the connection.</summary>
    public Func<HttpStatusCode?> Answer { get; set; } = () => HttpStatusCode.OK;

    public static async Task<Idenfy> StartAsync(Func<IdenfyOptions, IdenfyOptions>? change = null)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var options = new IdenfyOptions { Time = clock };
        options = change?.Invoke(options) ?? options;
        var idenfy = new Idenfy
        {
            Options = options,
            Clock = clock,
            Simulator = await IdenfySimulator.StartAsync(options),
        };
        idenfy.Simulator.CallbackUrl = new Uri("https://portal.example.org/webhooks/idenfy");
        idenfy.Simulator.PortalClient = new HttpClient(idenfy, disposeHandler: false);
        return idenfy;
    }

    public Task<HttpResponseMessage> CallAsync(string path, object? body, string? key = null, string? secret = null) =>
        CallRawAsync(
            path,
            new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
            key,
            secret
        );

    public async Task<HttpResponseMessage> CallRawAsync(
        string path,
        HttpContent body,
        string? key = null,
        string? secret = null,
        CancellationToken cancel = default
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator.Address, path))
        {
            Content = body,
        };
        var credentials = $"{key ?? Options.Key}:{secret ?? Options.Secret}";
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))
        );
        return await browser.SendAsync(request, cancel);
    }

    /// <summary>A token call that succeeds.</summary>
    public async Task<JsonElement> TokenAsync(object body)
    {
        using var response = await CallAsync("/api/v2/token", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A check that can be clicked; its <c>scanRef</c>.</summary>
    public async Task<string> CheckAsync(string clientId = "user-1") => (
            await TokenAsync(
                new
                {
                    clientId,
                    externalRef = "attempt-1",
                    successUrl = "https://portal.example.org/kyc/return?end=success",
                    errorUrl = "https://portal.example.org/kyc/return?end=error",
                    unverifiedUrl = "https://portal.example.org/kyc/return?end=unverified",
                }
            )
        ).GetProperty("scanRef").GetString()!;

    /// <summary>A token call that is refused: status, identifier.</summary>
    public async Task<(int Status, string Identifier)> RefusedAsync(
        object? body,
        string? key = null,
        string? secret = null
    )
    {
        using var response = await CallAsync("/api/v2/token", body, key, secret);
        var error = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.NotEqual("", error.GetProperty("message").GetString());
        return ((int)response.StatusCode, error.GetProperty("identifier").GetString()!);
    }

    public IdenfyScan Scan(string scanRef) => Simulator.Scans.Single(s => s.ScanRef == scanRef);

    public Task<HttpResponseMessage> GetAsync(string path) => browser.GetAsync(new Uri(Simulator.Address, path));

    /// <summary>A click on the page of a check; where it leads.</summary>
    public async Task<string> ClickAsync(string scanRef, string choice, string? reason = null, string? tag = null)
    {
        using var response = await PostFormAsync(
            "/ui",
            new()
            {
                ["authToken"] = Scan(scanRef).AuthToken,
                ["choice"] = choice,
                ["reason"] = reason ?? "",
                ["tag"] = tag ?? "",
            }
        );
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        return response.Headers.Location!.OriginalString;
    }

    /// <summary>A click on the index.</summary>
    public async Task ActAsync(string scanRef, string act)
    {
        using var response = await PostFormAsync("/", new() { ["scan"] = scanRef, ["act"] = act });
        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
    }

    public async Task<HttpResponseMessage> PostFormAsync(string path, Dictionary<string, string> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        return await browser.PostAsync(new Uri(Simulator.Address, path), form);
    }

    /// <summary>Waits until something that runs beside the test has happened.</summary>
    public static async Task UntilAsync(Func<bool> happened)
    {
        using var patience = new CancellationTokenSource(Hanging.Limit);
        while (!happened())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var body = await request.Content!.ReadAsStringAsync(cancellationToken);
        Received.Enqueue(
            (
                request.RequestUri!,
                body,
                request.Headers.TryGetValues("Idenfy-Signature", out var signatures) ? signatures.Single() : null
            )
        );
        return Answer() is { } status
            ? new HttpResponseMessage(status)
            : throw new HttpRequestException("connection broke");
    }

    public async ValueTask DisposeAsync()
    {
        await Simulator.DisposeAsync();
        browser.Dispose();
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>The state of a message, as the portal's daemon reports it.</summary>
public enum MessageState
{
    /// <summary>The daemon does not know the message, or does not answer.</summary>
    Unknown,
    Pending,
    Sending,
    Received,
    Read,
    Aborted,
}

/// <summary>The daemon does not answer, or its answer is not understood.</summary>
public sealed class MyceliumDownException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The REST API of the Mycelium daemon on this computer (threefoldtech/mycelium, v0.7.10). A long poll of another
/// client holds the daemon's lock, so every call has a time-out.
/// </summary>
public sealed class MyceliumDaemon : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(2);
    private readonly HttpClient client;

    private readonly ILogger<MyceliumDaemon> log;

    public MyceliumDaemon(MyceliumOptions mycelium, Outgoing outgoing, ILogger<MyceliumDaemon> log)
    {
        this.log = log;
        var api = mycelium.Api;
        client = api?.SocketPath is { } path ? outgoing.ClientOf(path) : outgoing.Client();
        client.BaseAddress = api?.BaseAddress;
    }

    /// <summary>
    /// The key of the node that has this address in its /64; null when the daemon knows no such node.
    /// </summary>
    /// <exception cref="MyceliumDownException">The daemon does not answer.</exception>
    public Task<byte[]?> PublicKeyAsync(IPAddress address, CancellationToken cancel) =>
        AskAsync<byte[]?>(
            new(HttpMethod.Get, $"api/v1/pubkey/{address}"),
            Patience,
            async response =>
            {
                if (response.StatusCode == HttpStatusCode.NotFound)
                    return null;
                var text = await MemberAsync(response, "publicKey") ?? await MemberAsync(response, "NodePubKey");
                return text is { Length: MyceliumAddress.KeyBytes * 2 }
                    ? Convert.FromHexString(text)
                    : throw new FormatException("No public key.");
            },
            cancel
        );

    /// <summary>Queues a message to the node with this key. Success does not mean that it was received.</summary>
    /// <returns>The daemon's id of the message.</returns>
    /// <exception cref="MyceliumDownException">The daemon does not answer.</exception>
    public Task<string> SendAsync(byte[] publicKey, string topic, string text, CancellationToken cancel)
    {
        var body = new
        {
            dst = new { pk = Convert.ToHexStringLower(publicKey) },
            topic = Convert.ToBase64String(Encoding.ASCII.GetBytes(topic)),
            payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        };
        return AskAsync(
            new(HttpMethod.Post, "api/v1/messages") { Content = JsonContent.Create(body) },
            Patience,
            async response =>
                response.StatusCode == HttpStatusCode.Created
                && await MemberAsync(response, "id") is { Length: > 0 and <= 64 } id
                && id.All(char.IsAsciiLetterOrDigit)
                    ? id
                    : throw new FormatException($"The daemon answered {(int)response.StatusCode}."),
            cancel
        );
    }

    /// <summary>
    /// The state of a message, with a short time-out; <see cref="MessageState.Unknown"/> instead of an error.
    /// </summary>
    public async Task<MessageState> StateAsync(string id, CancellationToken cancel)
    {
        try
        {
            return await AskAsync(
                new(HttpMethod.Get, $"api/v1/messages/status/{Uri.EscapeDataString(id)}"),
                ShortPatience,
                ReadStateAsync,
                cancel
            );
        }
        catch (MyceliumDownException)
        {
            return MessageState.Unknown;
        }
    }

    private static async Task<MessageState> ReadStateAsync(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
            return MessageState.Unknown;
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        var state = json.RootElement.GetProperty("state");
        return state.ValueKind == JsonValueKind.Object
            ? MessageState.Sending
            : state.GetString() switch
            {
                "pending" => MessageState.Pending,
                "received" => MessageState.Received,
                "read" => MessageState.Read,
                "aborted" => MessageState.Aborted,
                _ => MessageState.Unknown,
            };
    }

    private static async Task<string?> MemberAsync(HttpResponseMessage response, string name)
    {
        if (!response.IsSuccessStatusCode)
            throw new FormatException($"The daemon answered {(int)response.StatusCode}.");
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private async Task<T> AskAsync<T>(
        HttpRequestMessage request,
        TimeSpan patience,
        Func<HttpResponseMessage, Task<T>> read,
        CancellationToken cancel
    )
    {
        using var sent = request;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        end.CancelAfter(patience);
        try
        {
            using var response = await client.SendAsync(sent, end.Token);
            return await read(response);
        }
        catch (Exception e)
            when (e
                    is HttpRequestException
                        or IOException
                        or JsonException
                        or FormatException
                        or InvalidOperationException
                        or KeyNotFoundException
                || (e is OperationCanceledException && !cancel.IsCancellationRequested)
            )
        {
            log.LogWarning(
                "The Mycelium daemon did not answer {Method} {Path}: {Kind} {Reason}",
                sent.Method,
                sent.RequestUri,
                e.GetType().Name,
                e.Message
            );
            throw new MyceliumDownException("The Mycelium daemon does not answer as it should: " + e.GetType().Name, e);
        }
    }

    public void Dispose() => client.Dispose();
}

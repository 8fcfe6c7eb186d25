using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using HeroOnboarding.Tests.Cli;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Instances;

/// <summary>
/// Customers who allocate and release machines at whichever instance answers. Without an answer, or after a 503, they
/// repeat the same request at the other one.
/// </summary>
internal sealed class Visitors(Pair pair) : IDisposable
{
    private readonly HttpClient client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    )
    {
        Timeout = Hanging.Limit,
    };
    private readonly ConcurrentDictionary<string, string> held = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> wrong = new();
    private int cycles;

    /// <summary>How often each answer came, and how often none.</summary>
    public IReadOnlyDictionary<string, int> Answers => answers;

    /// <summary>Machines that two held at once, and answers that nobody should get.</summary>
    public IReadOnlyCollection<string> Wrong => wrong;

    public int Cycles => cycles;

    /// <summary>Machines that are held at the end: of every second customer.</summary>
    public IReadOnlyCollection<string> Held => [.. held.Keys];

    public Task VisitAsync(CancellationToken end) =>
        Task.WhenAll(
            Enumerable.Range(0, Pair.Customers).Select(n => Task.Run(() => VisitAsync(n, end), CancellationToken.None))
        );

    private async Task VisitAsync(int who, CancellationToken end)
    {
        // A pool that many hand-outs cannot empty, so that every <c>pool.empty</c> is wrong.
        while (Volatile.Read(ref cycles) < pair.Machines - Pair.Customers)
        {
            var cycle = Interlocked.Increment(ref cycles);
            var taken = await PostAsync(who, "/vm/allocate", "{}", $"cycle-{cycle}", 201);
            if (taken is not { } lease)
                return;
            var (vm, sid) = (lease.GetProperty("pool_vm_id").GetString()!, lease.GetProperty("sid").GetString()!);
            if (!held.TryAdd(vm, sid))
                wrong.Enqueue($"{vm} was handed out to two at once");
            if (end.IsCancellationRequested && who % 2 == 0)
                return;
            held.TryRemove(vm, out _);
            await PostAsync(who, "/vm/release", $$"""{"allocation_sid":"{{sid}}"}""", null, 200);
            if (end.IsCancellationRequested)
                return;
        }
    }

    /// <summary>Until it is answered.</summary>
    private async Task<JsonElement?> PostAsync(int who, string path, string body, string? key, int expected)
    {
        var portal = pair.Portals[Random.Shared.Next(2)];
        for (
            var since = TimeProvider.System.GetTimestamp();
            TimeProvider.System.GetElapsedTime(since) < Hanging.Limit;
            portal = Other(portal)
        )
        {
            var (status, text) = await TryAsync(portal, who, path, body, key);
            answers.AddOrUpdate($"{path} {(status == 0 ? "no answer" : status)}", 1, (_, count) => count + 1);
            if (status == expected)
                return JsonDocument.Parse(text).RootElement;
            if (status != 0 && !(status == 503 && text.Contains("\"store.busy\"", StringComparison.Ordinal)))
            {
                wrong.Enqueue($"{path}: {status} {text}");
                return null;
            }
            await Task.Delay(20);
        }
        wrong.Enqueue($"{path} was never answered");
        return null;
    }

    private async Task<(int Status, string Body)> TryAsync(
        PortalProcess portal,
        int who,
        string path,
        string body,
        string? key
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(portal.Address, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Cookie", pair.Cookies[who]);
        request.Headers.Add("Origin", portal.Address.GetLeftPart(UriPartial.Authority));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        try
        {
            using var response = await client.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException)
        {
            return (0, e.Message);
        }
    }

    private PortalProcess Other(PortalProcess portal) => pair.Portals[0] == portal ? pair.Portals[1] : pair.Portals[0];

    public void Dispose() => client.Dispose();
}

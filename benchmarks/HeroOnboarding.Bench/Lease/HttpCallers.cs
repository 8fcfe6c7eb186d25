using System.Globalization;
using System.Text.Json;

namespace HeroOnboarding.Bench.Lease;

/// <summary>
/// Over HTTP like the customer's own page: session cookie, origin, idempotency key; on the product's routes.
/// </summary>
internal sealed class FullCaller(Uri url, int number, int callers) : ICaller
{
    private readonly Wire wire = new(url);
    private readonly Turns turns = new(number, callers);
    private readonly string run = Guid.NewGuid().ToString("N")[..12];
    private readonly string fixedHeaders =
        $"Accept: application/json\r\nOrigin: {url.GetLeftPart(UriPartial.Authority)}\r\nContent-Type: "
        + "application/json\r\n";
    private string cookie = "";
    private int cycle;

    public async Task<Taken> TakeAsync()
    {
        cookie = $"Cookie: __Host-hero={Filling.Token(turns.Next())}\r\n";
        var key = string.Create(CultureInfo.InvariantCulture, $"Idempotency-Key: {run}-{number}-{cycle++}\r\n");
        return Callers.Read(await wire.PostAsync("/vm/allocate", fixedHeaders + cookie + key, "{}"));
    }

    public async Task<string?> GiveBackAsync(Taken taken) =>
        Callers.Wrong(
            await wire.PostAsync("/vm/release", fixedHeaders + cookie, $$"""{"allocation_sid":"{{taken.Sid}}"}""")
        );

    public ValueTask DisposeAsync() => wire.DisposeAsync();
}

/// <summary>
/// Over HTTP, the lease only: no session, no rate limit, no idempotency; the same use cases behind routes
/// of the benchmark.
/// </summary>
internal sealed class LeaseOnlyCaller(Uri url, int number, int callers) : ICaller
{
    private readonly Wire wire = new(url);
    private readonly Turns turns = new(number, callers);
    private string account = "";

    public async Task<Taken> TakeAsync()
    {
        account = Filling.Account(turns.Next());
        return Callers.Read(
            await wire.PostAsync("/bench/allocate?account=" + account, "Accept: application/json\r\n", "")
        );
    }

    public async Task<string?> GiveBackAsync(Taken taken) =>
        Callers.Wrong(
            await wire.PostAsync(
                $"/bench/release?account={account}&sid={taken.Sid}",
                "Accept: application/json\r\n",
                ""
            )
        );

    public ValueTask DisposeAsync() => wire.DisposeAsync();
}

/// <summary>Two requests to a route that does nothing, through the same server and middleware.</summary>
internal sealed class EmptyCaller(Uri url) : ICaller
{
    private readonly Wire wire = new(url);

    public async Task<Taken> TakeAsync() =>
        (await wire.PostAsync("/bench/empty", "Accept: application/json\r\n", "")).Status == 200
            ? new(Guid.NewGuid().ToString("N"), "", null)
            : new(null, "", "?");

    public async Task<string?> GiveBackAsync(Taken taken) =>
        Callers.Wrong(await wire.PostAsync("/bench/empty", "Accept: application/json\r\n", ""));

    public ValueTask DisposeAsync() => wire.DisposeAsync();
}

/// <summary>Parses answers.</summary>
internal static class Callers
{
    public static Taken Read(WireAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body.Length == 0 ? "{}"u8.ToArray() : answer.Body);
        var root = document.RootElement;
        return answer.Status == 201
            ? new(
                root.GetProperty("pool_vm_id").GetString(),
                root.GetProperty("sid").GetString()!,
                null,
                root.GetProperty("lease_number").GetInt64()
            )
            : new(null, "", root.TryGetProperty("code", out var code) ? code.GetString() : $"status {answer.Status}");
    }

    public static string? Wrong(WireAnswer answer) => answer.Status == 200 ? null : Read(answer).Refused;
}

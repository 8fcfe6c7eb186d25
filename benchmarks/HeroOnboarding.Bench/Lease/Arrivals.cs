using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace HeroOnboarding.Bench.Lease;

/// <summary>The result of an open loop. Times in milliseconds, of taking a machine.</summary>
internal sealed record ArrivalsResult(
    double Seconds,
    int Arrived,
    int Accepted,
    double P50,
    double P99,
    double Max,
    int Refused,
    double RefusedP99,
    int WithoutWhen,
    Dictionary<string, int> Others,
    int MostAtOnce
);

/// <summary>
/// An open loop: customers arrive at a fixed rate, whether or not earlier ones have been served, each on a connection
/// of its own. A customer who gets a machine releases it.
/// </summary>
internal sealed class Arrivals(Uri url)
{
    private const int MostConnections = 6000;
    private readonly ConcurrentBag<Visitor> idle = [];
    private readonly ConcurrentBag<double> accepted = [];
    private readonly ConcurrentBag<double> refused = [];
    private readonly ConcurrentDictionary<string, int> others = new(StringComparer.Ordinal);
    private int withoutWhen,
        connections,
        inside,
        mostAtOnce;

    public static async Task<int> RunAsync(Options options)
    {
        var arrivals = new Arrivals(new Uri(options.Text("url", "http://127.0.0.1:9920")));
        await Console.Out.WriteLineAsync(
            JsonSerializer.Serialize(
                await arrivals.RunAsync(
                    options.Number("rate", 1000),
                    TimeSpan.FromSeconds(options.Number("seconds", 5))
                )
            )
        );
        return 0;
    }

    private async Task<ArrivalsResult> RunAsync(int perSecond, TimeSpan time)
    {
        var (watch, visits) = (Stopwatch.StartNew(), new List<Task>());
        while (watch.Elapsed < time)
        {
            for (var due = (int)(watch.Elapsed.TotalSeconds * perSecond); visits.Count < due; )
                visits.Add(Task.Run(VisitAsync));
            await Task.Delay(1);
        }
        var came = watch.Elapsed.TotalSeconds;
        await Task.WhenAll(visits);
        foreach (var visitor in idle)
            await visitor.DisposeAsync();
        var (yes, no) = (accepted.Order().ToArray(), refused.Order().ToArray());
        return new(
            came,
            visits.Count,
            yes.Length,
            Load.At(yes, 0.5),
            Load.At(yes, 0.99),
            Load.At(yes, 1),
            no.Length,
            Load.At(no, 0.99),
            withoutWhen,
            new(others),
            mostAtOnce
        );
    }

    private async Task VisitAsync()
    {
        if (!idle.TryTake(out var visitor))
        {
            var number = Interlocked.Increment(ref connections);
            if (number > MostConnections)
            {
                others.AddOrUpdate("did not fit into the load generator", 1, (_, count) => count + 1);
                return;
            }
            visitor = new Visitor(url, number % Filling.Customers);
        }
        var now = Interlocked.Increment(ref inside);
        if (now > mostAtOnce)
            mostAtOnce = now;
        try
        {
            await VisitAsync(visitor);
            idle.Add(visitor);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            others.AddOrUpdate(e.GetType().Name, 1, (_, count) => count + 1);
            await visitor.DisposeAsync();
        }
        Interlocked.Decrement(ref inside);
    }

    private async Task VisitAsync(Visitor visitor)
    {
        var from = Stopwatch.GetTimestamp();
        var answer = await visitor.TakeAsync();
        var took = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        if (answer.Status == 201)
        {
            accepted.Add(took);
            // Releases are repeated until they succeed, so that the final state can be compared with the initial one.
            while (await visitor.GiveBackAsync(answer) is { Status: not 200 } again)
                await Task.Delay(again.SaysWhen ? 200 : 50);
        }
        else if (answer.Status is 503 or 429)
        {
            refused.Add(took);
            if (!answer.SaysWhen)
                Interlocked.Increment(ref withoutWhen);
        }
        else
            others.AddOrUpdate(Callers.Wrong(answer) ?? $"status {answer.Status}", 1, (_, count) => count + 1);
    }

    /// <summary>One connection of one customer.</summary>
    private sealed class Visitor(Uri url, int customer) : IAsyncDisposable
    {
        private readonly Wire wire = new(url);
        private readonly string headers =
            $"Accept: application/json\r\nOrigin: {url.GetLeftPart(UriPartial.Authority)}\r\nContent-Type: "
            + $"application/json\r\nCookie: __Host-hero={Filling.Token(customer + 1)}\r\n";

        public Task<WireAnswer> TakeAsync() => wire.PostAsync("/vm/allocate", headers, "{}");

        public ValueTask DisposeAsync() => wire.DisposeAsync();

        public Task<WireAnswer> GiveBackAsync(WireAnswer taken) =>
            wire.PostAsync("/vm/release", headers, $$"""{"allocation_sid":"{{Callers.Read(taken).Sid}}"}""");
    }
}

using System.Globalization;

namespace HeroOnboarding.Bench.Lease;

/// <summary>
/// Sends four times as many arrivals as can be served: whether the portal stays available, how long accepted customers
/// wait, what refused ones are answered, and whether its memory stays constant.
/// </summary>
internal static class OverloadBench
{
    private const int Machines = 20_000;

    public static async Task<int> RunAsync(Options options)
    {
        var table = new Table(
            "database",
            "capacity /s",
            "offered /s",
            "accepted /s",
            "p50 ms",
            "p99 ms",
            "max ms",
            "refused",
            "refused p99 ms",
            "without Retry-After",
            "other answers",
            "inside at once",
            "MB before",
            "MB most",
            "MB after",
            "end state"
        );
        var right = true;
        await Bench.OnEachAsync(
            options,
            async (database, folder, postgres) =>
                right &= await MeasureAsync(options, table, database, folder, postgres)
        );
        await Console.Out.WriteLineAsync($"\n{table}");
        return right ? 0 : 1;
    }

    /// <returns>Whether the end state is right and every refusal said when to come back.</returns>
    private static async Task<bool> MeasureAsync(
        Options options,
        Table table,
        string database,
        string folder,
        Postgres? postgres
    )
    {
        var seconds = options.Number("seconds", options.Has("quick") ? 4 : 10);
        await using var portal = await Measured.StartAsync(
            folder,
            postgres is null ? null : await postgres.CreateDatabaseAsync(),
            "--machines",
            Machines.ToString(CultureInfo.InvariantCulture)
        );
        await portal.LoadAsync("full", 8, options.Number("prime", 4));
        var capacity = (await portal.LoadAsync("full", 32, 4)).Result.PerSecond;
        var (before, megabytes) = (await portal.StateAsync(), portal.Megabytes);
        var run = portal.ArriveAsync(capacity * options.Number("times", 4), seconds);
        var most = megabytes;
        for (; !run.IsCompleted; await Task.WhenAny(run, Task.Delay(100)))
            most = Math.Max(most, portal.Megabytes);
        var r = await run;
        await Task.Delay(TimeSpan.FromSeconds(2));
        var state = (await portal.StateAsync()).Judge(before, Machines, r.Accepted);
        table.Add(
            database,
            Bench.Text(capacity, "0"),
            Bench.Text(r.Arrived / r.Seconds, "0"),
            Bench.Text(r.Accepted / r.Seconds, "0"),
            Bench.Text(r.P50, "0"),
            Bench.Text(r.P99, "0"),
            Bench.Text(r.Max, "0"),
            $"{r.Refused}",
            Bench.Text(r.RefusedP99, "0"),
            $"{r.WithoutWhen}",
            string.Join(", ", r.Others.Select(o => $"{o.Value} {o.Key}").DefaultIfEmpty("0")),
            $"{r.MostAtOnce}",
            Bench.Text(megabytes, "0"),
            Bench.Text(most, "0"),
            Bench.Text(portal.Megabytes, "0"),
            state
        );
        await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{database}: {r} {state}"));
        return state == "right" && r is { WithoutWhen: 0, Others.Count: 0 };
    }
}

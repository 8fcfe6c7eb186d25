using System.Diagnostics;
using System.Globalization;

namespace HeroOnboarding.Bench.Pages;

/// <summary>
/// Refreshes the whole pool while machines are taken: how long the refresh takes, and how long
/// customers wait meanwhile.
/// </summary>
internal static class RefreshBench
{
    public static async Task<int> RunAsync(Options options)
    {
        var table = new Table(
            "database",
            "machines",
            "refresh",
            "took s",
            "leases/s",
            "lease p99 ms",
            "lease max ms",
            "double",
            "false empty",
            "errors",
            "end state"
        );
        var right = true;
        await Bench.OnEachAsync(
            options,
            async (database, folder, postgres) =>
            {
                await using var portal = await Measured.StartAsync(
                    folder,
                    postgres is null ? null : await postgres.CreateDatabaseAsync(),
                    "--machines",
                    Machines(options).ToString()
                );
                foreach (
                    var (name, address) in new (string, string?)[]
                    {
                        ("none", null),
                        ("nothing changes", "10.0.0.1"),
                        ("every machine changes", "10.0.0.2"),
                    }
                )
                    right &= await MeasureAsync(options, table, database, portal, name, address);
            }
        );
        await Console.Out.WriteLineAsync($"\n{table}");
        return right ? 0 : 1;
    }

    /// <returns>Whether no lease was double, none was refused, and the end state is right.</returns>
    private static async Task<bool> MeasureAsync(
        Options options,
        Table table,
        string database,
        Measured portal,
        string name,
        string? address
    )
    {
        var machines = Machines(options);
        var before = await portal.StateAsync();
        var load = portal.LoadAsync("full", 32, options.Number("seconds", 8));
        var took = address is null ? 0 : await RefreshAsync(portal, machines, address);
        var report = await load;
        var state = (await portal.StateAsync()).Judge(before, machines, report.WarmCycles + report.Result.Cycles);
        var r = report.Result;
        table.Add(
            database,
            $"{machines}",
            name,
            took == 0 ? "–" : Bench.Text(took, "0.0"),
            Bench.Text(r.PerSecond, "0"),
            Bench.Text(r.P99, "0.0"),
            Bench.Text(r.Max, "0"),
            $"{r.DoubleLeases}",
            $"{r.FalseEmpties}",
            string.Join(", ", r.Errors.Select(e => $"{e.Value} {e.Key}").DefaultIfEmpty("0")),
            state
        );
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{database} {name}: {took:0.0} s, p99 {r.P99:0.0} ms, {state}")
        );
        return state == "right" && r is { DoubleLeases: 0, FalseEmpties: 0, Errors.Count: 0 };
    }

    private static int Machines(Options options) => options.Number("machines", options.Has("quick") ? 20_000 : 100_000);

    /// <summary>Sends the refresh during the load.</summary>
    private static async Task<double> RefreshAsync(Measured portal, int machines, string address)
    {
        var body =
            "["
            + string.Join(
                ',',
                Enumerable
                    .Range(1, machines)
                    .Select(n =>
                        $$"""{"id":"vm-{{n}}","address":"{{address}}","cockpit_url":"https://cockpit.bench/{{n}}"}"""
                    )
            )
            + "]";
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        await using var wire = new Wire(portal.Url);
        var watch = Stopwatch.StartNew();
        var answer = await wire.PostAsync(
            "/admin/pool-refresh",
            $"X-Hero-Onboarding-Admin-Secret: {PortalHost.AdminSecret}\r\nContent-Type: application/json\r\nAccept: "
                + "application/json\r\n",
            body
        );
        return answer.Status == 200
            ? watch.Elapsed.TotalSeconds
            : throw new InvalidOperationException($"The refresh was answered {answer.Status}.");
    }
}

using System.Globalization;

namespace HeroOnboarding.Bench.Lease;

/// <summary>
/// Measures how many machines a second can be taken and released, and checks the result. Every figure is printed
/// with its floors from the same run: the same units without HTTP, the bare algorithm on PostgreSQL, and an endpoint
/// that does nothing.
/// </summary>
internal static class LeaseBench
{
    private sealed record Row(
        string Database,
        int Pool,
        int Callers,
        string What,
        LoadReport Report,
        double Processor,
        string EndState
    );

    public static async Task<int> RunAsync(Options options)
    {
        var rows = new List<Row>();
        await Bench.OnEachAsync(
            options,
            async (database, folder, postgres) =>
            {
                foreach (var pool in options.Numbers("pool", options.Has("quick") ? "10000" : "100,10000,100000"))
                    await RunPoolAsync(options, folder, postgres, pool, rows);
            }
        );
        await Console.Out.WriteLineAsync($"\n{Print(rows)}");
        return rows.All(r =>
            r.EndState is "right" or "" && r.Report.Result is { DoubleLeases: 0, FalseEmpties: 0, Errors.Count: 0 }
        )
            ? 0
            : 1;
    }

    private static async Task RunPoolAsync(Options options, string folder, Postgres? postgres, int pool, List<Row> rows)
    {
        var seconds = options.Number("seconds", options.Has("quick") ? 4 : 8);
        var store = Directory.CreateDirectory(Path.Combine(folder, $"{pool}-{rows.Count}")).FullName;
        await using var portal = await Measured.StartAsync(
            store,
            postgres is null ? null : await postgres.CreateDatabaseAsync(),
            "--machines",
            pool.ToString()
        );
        // The just-in-time compiler optimizes code only after some calls, so the portal is warmed up before
        // the first measurement.
        await portal.LoadAsync("full", 8, options.Number("prime", options.Has("quick") ? 4 : 30));
        foreach (var callers in options.Numbers("callers", options.Has("quick") ? "1,32" : "1,8,32"))
        foreach (
            var what in options
                .Words("rows", "full,lease,units,bare,empty")
                .Where(w => w != "bare" || postgres is not null)
        )
        {
            var before = await portal.StateAsync();
            var processor = portal.ProcessorTime;
            var report =
                what == "units"
                    ? await portal.UnitsAsync(callers, seconds, keys: true)
                    : await portal.LoadAsync(what, callers, seconds);
            processor = portal.ProcessorTime - processor;
            // The bare floor writes no receipts, the empty endpoint nothing at all.
            var judged = what is "empty" or "bare"
                ? ""
                : (await portal.StateAsync()).Judge(before, pool, report.WarmCycles + report.Result.Cycles);
            rows.Add(
                new(
                    postgres is null ? "sqlite" : "postgresql",
                    pool,
                    callers,
                    what,
                    report,
                    processor.TotalMicroseconds / (report.WarmCycles + report.Result.Cycles),
                    judged
                )
            );
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Result.PerSecond:0}/s p99 {report.Result.P99:0.0} ms {judged}"
            );
            await Console.Error.WriteLineAsync($"{rows[^1].Database} pool {pool} C={callers} {what}: {line}");
        }
    }

    private static Table Print(List<Row> rows)
    {
        var table = new Table(
            "database",
            "pool",
            "callers",
            "what",
            "cycles/s",
            "p50 ms",
            "p99 ms",
            "max ms",
            "portal CPU µs",
            "of units",
            "of bare",
            "double",
            "false empty",
            "errors",
            "end state"
        );
        foreach (var row in rows)
        {
            var r = row.Report.Result;
            table.Add(
                row.Database,
                $"{row.Pool}",
                $"{row.Callers}",
                Name(row.What),
                Bench.Text(r.PerSecond, "0"),
                Bench.Text(r.P50, "0.0"),
                Bench.Text(r.P99, "0.0"),
                Bench.Text(r.Max, "0"),
                row.What == "bare" ? "–" : Bench.Text(row.Processor, "0"),
                Ratio(rows, row, "units"),
                Ratio(rows, row, "bare"),
                $"{r.DoubleLeases}",
                $"{r.FalseEmpties}",
                r.Errors.Count == 0 ? "0" : string.Join(", ", r.Errors.Select(e => $"{e.Value} {e.Key}")),
                row.EndState
            );
        }
        return table;
    }

    private static string Ratio(List<Row> rows, Row row, string floor) =>
        row.What is "empty" or "bare"
        || rows.Find(r =>
            r.Database == row.Database && r.Pool == row.Pool && r.Callers == row.Callers && r.What == floor
        )
            is not { } other
        || other == row
            ? "–"
            : Bench.Text(row.Report.Result.PerSecond / other.Report.Result.PerSecond, "0.00");

    private static string Name(string what) =>
        what switch
        {
            "full" => "full path",
            "lease" => "lease only",
            "units" => "floor: same units, no HTTP",
            "bare" => "floor: bare SKIP LOCKED",
            "empty" => "floor: empty endpoint",
            _ => what,
        };
}

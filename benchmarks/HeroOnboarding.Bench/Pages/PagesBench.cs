using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace HeroOnboarding.Bench.Pages;

/// <summary>Measures the pages of customers and operators, on a store with a long history.</summary>
internal static class PagesBench
{
    private static readonly (string Name, string Who, string Path)[] Pages =
    [
        ("start page", "nobody", "/"),
        ("dashboard", "customer", "/dashboard"),
        ("admin allocations, first page", "operator", "/admin/allocations"),
        ("admin allocations, by status", "operator", "/admin/allocations?status=released"),
        ("admin allocations, one machine", "operator", "/admin/allocations?q=" + Filling.LeaseSid(17)),
        (
            "admin allocations, last page",
            "operator",
            "/admin/allocations?after="
                + Base64Url.EncodeToString(
                    Encoding.UTF8.GetBytes($"[\"vm_allocations-sid\",null,\"{Filling.LeaseSid(51)}\"]")
                )
        ),
        ("admin overview", "operator", "/admin"),
        ("admin users, by credit", "operator", "/admin/users?sort=-credit"),
        ("admin audit, first page", "operator", "/admin/audit"),
        ("admin audit, a rare act", "operator", "/admin/audit?act=pool.refresh"),
        ("admin outbox, waiting", "operator", "/admin/outbox?state=waiting"),
        ("admin outbox, by due", "operator", "/admin/outbox?sort=due"),
        ("admin pool, being erased", "operator", "/admin/pool?state=recycling"),
        ("floor: empty endpoint", "nobody", "/bench/empty"),
    ];

    public static async Task<int> RunAsync(Options options)
    {
        var history = History(options);
        var table = new Table(
            "database",
            "allocations",
            "callers",
            "page",
            "requests/s",
            "p50 ms",
            "p99 ms",
            "portal CPU µs",
            "errors"
        );
        var errors = 0;
        await Bench.OnEachAsync(
            options,
            async (database, folder, postgres) =>
            {
                await using var portal = await Measured.StartAsync(
                    folder,
                    postgres is null ? null : await postgres.CreateDatabaseAsync(),
                    "--machines",
                    "10000",
                    "--history",
                    history.ToString(),
                    "--people",
                    options.Number("people", history / 5).ToString()
                );
                foreach (
                    var page in Pages.Where(p =>
                        options.Text("only", "") is var only && p.Name.Contains(only, StringComparison.Ordinal)
                    )
                )
                    errors += await MeasureAsync(options, table, database, portal, page);
            }
        );
        await Console.Out.WriteLineAsync($"\n{table}");
        return errors == 0 ? 0 : 1;
    }

    /// <returns>How many requests failed.</returns>
    private static async Task<int> MeasureAsync(
        Options options,
        Table table,
        string database,
        Measured portal,
        (string Name, string Who, string Path) page
    )
    {
        var (name, who, path) = page;
        var quick = options.Has("quick");
        // The page runs first until the JIT compiler has optimized its code.
        await portal.LoadAsync("get", 8, options.Number("prime", quick ? 2 : 10), "--as", who, "--path", path);
        var processor = portal.ProcessorTime;
        var report = await portal.LoadAsync(
            "get",
            options.Number("callers", 16),
            options.Number("seconds", quick ? 3 : 6),
            "--as",
            who,
            "--path",
            path
        );
        var r = report.Result;
        var spent = (portal.ProcessorTime - processor).TotalMicroseconds / Math.Max(1, report.WarmCycles + r.Cycles);
        table.Add(
            database,
            $"{History(options)}",
            $"{r.Callers}",
            name,
            Bench.Text(r.PerSecond, "0"),
            Bench.Text(r.P50, "0.0"),
            Bench.Text(r.P99, "0.0"),
            Bench.Text(spent, "0"),
            string.Join(", ", r.Errors.Select(e => $"{e.Value} {e.Key}").DefaultIfEmpty("0"))
        );
        await Console.Error.WriteLineAsync(
            string.Create(CultureInfo.InvariantCulture, $"{database} {name}: {r.PerSecond:0}/s p99 {r.P99:0.0} ms")
        );
        return r.Errors.Values.Sum();
    }

    private static int History(Options options) =>
        options.Number("history", options.Has("quick") ? 100_000 : 1_000_000);
}

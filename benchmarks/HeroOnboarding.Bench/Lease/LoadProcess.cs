using System.Text.Json;
using HeroOnboarding.Bench.Pages;

namespace HeroOnboarding.Bench.Lease;

/// <summary>The load generator as a separate process: runs one closed loop and prints its result.</summary>
internal static class LoadProcess
{
    public static async Task<int> RunAsync(Options options)
    {
        var url = new Uri(options.Text("url", "http://127.0.0.1:9920"));
        var callers = options.Number("callers", 1);
        Func<int, ICaller> make = options.Text("row", "") switch
        {
            "full" => n => new FullCaller(url, n, callers),
            "lease" => n => new LeaseOnlyCaller(url, n, callers),
            "get" => n => new PageCaller(url, options.Text("path", "/"), options.Text("as", "nobody"), n, callers),
            "empty" => _ => new EmptyCaller(url),
            "bare" => _ => new BareCaller(options.Text("database", "")),
            var other => throw new ArgumentException($"No row '{other}'."),
        };
        // Compilation and connections dominate the first second, so it is not measured.
        var warm = await Load.RunAsync(callers, TimeSpan.FromMilliseconds(options.Number("warm", 1000)), make);
        var result = await Load.RunAsync(callers, TimeSpan.FromSeconds(options.Number("seconds", 5)), make);
        await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new LoadReport(warm.Cycles, result)));
        return 0;
    }
}

/// <summary>A measured run, and the number of cycles of the warm-up before it.</summary>
internal sealed record LoadReport(long WarmCycles, LoadResult Result);

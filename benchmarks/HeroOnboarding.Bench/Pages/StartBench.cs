using System.Diagnostics;
using System.Net.Sockets;
using HeroOnboarding.Bench.Lease;
using HeroOnboarding.Store;

namespace HeroOnboarding.Bench.Pages;

/// <summary>
/// Measures the time from the start of the process to the first page, and the portal's memory, for the published portal
/// without any part of the benchmark.
/// </summary>
internal static class StartBench
{
    public static async Task<int> RunAsync(Options options)
    {
        var table = new Table("store", "first page s", "memory MB at start", "memory MB after pages");
        var folder = Directory.CreateTempSubdirectory("hero-bench-").FullName;
        try
        {
            foreach (var fact in await Machine.FactsAsync(folder))
                await Console.Out.WriteLineAsync(fact);
            await File.WriteAllTextAsync(
                Path.Combine(folder, "pool.json"),
                "[" + string.Join(',', Enumerable.Range(1, 50).Select(n => $$"""{"id":"vm-{{n}}"}""")) + "]"
            );
            await StartAsync(options, folder, "new", table, visit: false);
            await using (
                var database = Database.Open(
                    AllOptions.Load(new Dictionary<string, string?> { ["DATA_DIR"] = folder }).Get<StoreOptions>(),
                    PortalModel.Rows
                )
            )
                await Filling.FillAsync(database, 0, 0);
            for (var n = 0; n < options.Number("times", 3); n++)
                await StartAsync(options, folder, "used", table, visit: true);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        await Console.Out.WriteLineAsync($"\n{table}");
        return 0;
    }

    private static async Task StartAsync(Options options, string folder, string store, Table table, bool visit)
    {
        var url = new Uri($"http://127.0.0.1:{Postgres.FreePort()}");
        var start = new ProcessStartInfo("dotnet", [options.Text("portal", ""), "serve"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var (name, value) in new[]
            {
                ("PUBLIC_BASE_URL", url.ToString()),
                ("LISTEN", url.GetLeftPart(UriPartial.Authority)),
                ("DATA_DIR", folder),
                ("VM_POOL_JSON", $"@{folder}/pool.json"),
                ("HERO_ONBOARDING_ADMIN_SECRET", PortalHost.AdminSecret),
            }
        )
            start.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        try
        {
            while (!await IsThereAsync(url))
                if (process.HasExited || watch.Elapsed > TimeSpan.FromMinutes(1))
                    throw new InvalidOperationException(
                        "The portal did not start: " + await process.StandardError.ReadToEndAsync()
                    );
            var took = watch.Elapsed.TotalSeconds;
            var fresh = Machine.ResidentMegabytes(process.Id);
            if (visit)
                await VisitAsync(url);
            table.Add(
                store,
                Bench.Text(took, "0.00"),
                Bench.Text(fresh, "0"),
                visit ? Bench.Text(Machine.ResidentMegabytes(process.Id), "0") : "–"
            );
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    /// <summary>
    /// A hundred customers open their dashboard and the plans, take a machine if there is one, and release it.
    /// </summary>
    private static async Task VisitAsync(Uri url)
    {
        await Load.RunAsync(2, TimeSpan.FromSeconds(2), n => new PageCaller(url, "/dashboard", "customer", n, 2));
        await Load.RunAsync(1, TimeSpan.FromSeconds(1), n => new PageCaller(url, "/plans", "customer", n, 1));
        await Load.RunAsync(1, TimeSpan.FromSeconds(1), n => new FullCaller(url, n, 1));
        await Load.RunAsync(
            1,
            TimeSpan.FromSeconds(1),
            n => new PageCaller(url, "/admin/allocations", "operator", n, 1)
        );
    }

    private static async Task<bool> IsThereAsync(Uri url)
    {
        try
        {
            await using var wire = new Wire(url);
            return (await wire.GetAsync("/", "Accept: text/html\r\n")).Status == 200;
        }
        catch (SocketException)
        {
            await Task.Delay(5);
            return false;
        }
    }
}

using System.Diagnostics;
using System.Text.Json;
using HeroOnboarding.Bench.Lease;

namespace HeroOnboarding.Bench;

/// <summary>The measured portal as a separate process, and the load generators that send requests to it.</summary>
internal sealed class Measured : IAsyncDisposable
{
    private readonly Process process;
    private readonly string? database;

    private Measured(Process process, Uri url, string? database) =>
        (this.process, Url, this.database) = (process, url, database);

    public Uri Url { get; }

    /// <summary>
    /// Processor time that the portal has used. Unlike elapsed time it hardly depends on other programs.
    /// </summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public double Megabytes => Machine.ResidentMegabytes(process.Id);

    /// <param name="folder">The folder of the SQLite file.</param>
    /// <param name="database">PostgreSQL's address; null for SQLite.</param>
    public static async Task<Measured> StartAsync(string folder, string? database, params string[] more)
    {
        var url = new Uri($"http://127.0.0.1:{Postgres.FreePort()}");
        var process = Start([
            "host",
            "--url",
            url.GetLeftPart(UriPartial.Authority),
            "--folder",
            folder,
            .. database is null ? Array.Empty<string>() : ["--database", database],
            .. more,
        ]);
        if (await process.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException("The measured portal did not start.");
        return new(process, url, database);
    }

    public async Task<LoadReport> LoadAsync(string row, int callers, int seconds, params string[] more)
    {
        using var load = Start([
            "load",
            "--url",
            Url.ToString(),
            "--row",
            row,
            "--callers",
            callers.ToString(),
            "--seconds",
            seconds.ToString(),
            .. database is null ? Array.Empty<string>() : ["--database", database],
            .. more,
        ]);
        var said = await load.StandardOutput.ReadToEndAsync();
        await load.WaitForExitAsync();
        return load.ExitCode == 0
            ? JsonSerializer.Deserialize<LoadReport>(said)!
            : throw new InvalidOperationException("The load generator failed.");
    }

    /// <summary>Sends this many arrivals a second, whatever their result.</summary>
    public async Task<ArrivalsResult> ArriveAsync(double perSecond, int seconds)
    {
        using var load = Start([
            "arrive",
            "--url",
            Url.ToString(),
            "--rate",
            ((int)perSecond).ToString(),
            "--seconds",
            seconds.ToString(),
        ]);
        var said = await load.StandardOutput.ReadToEndAsync();
        await load.WaitForExitAsync();
        return load.ExitCode == 0
            ? JsonSerializer.Deserialize<ArrivalsResult>(said)!
            : throw new InvalidOperationException("The load generator failed.");
    }

    /// <summary>The same units without HTTP, in the portal's own process.</summary>
    public async Task<LoadReport> UnitsAsync(int callers, int seconds, bool keys)
    {
        var warm = await PostAsync<LoadResult>($"/bench/units?callers={callers}&seconds=1&keys={keys}");
        return new(
            warm.Cycles,
            await PostAsync<LoadResult>($"/bench/units?callers={callers}&seconds={seconds}&keys={keys}")
        );
    }

    public Task<EndState> StateAsync() => PostAsync<EndState>("/bench/state");

    private async Task<T> PostAsync<T>(string path)
    {
        await using var wire = new Wire(Url);
        var answer = await wire.PostAsync(path, "", "");
        return answer.Status == 200
            ? JsonSerializer.Deserialize<T>(answer.Body, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"{path}: {answer.Status}");
    }

    private static Process Start(IReadOnlyList<string> args) =>
        Process.Start(
            new ProcessStartInfo(
                Environment.ProcessPath!,
                Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
                    ? [typeof(Measured).Assembly.Location, .. args]
                    : args
            )
            {
                RedirectStandardOutput = true,
                WorkingDirectory = AppContext.BaseDirectory,
            }
        )!;

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }
}

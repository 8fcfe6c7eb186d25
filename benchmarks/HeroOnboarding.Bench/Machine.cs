using System.Globalization;
using System.Runtime.InteropServices;

namespace HeroOnboarding.Bench;

/// <summary>The facts without which a figure has no meaning: processor, memory, disk, versions.</summary>
internal static class Machine
{
    /// <summary>A few lines for the head of a report.</summary>
    public static async Task<IReadOnlyList<string>> FactsAsync(string folder) =>
        [
            $"{Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString()}, "
                + $"{Environment.ProcessorCount} processors, "
                + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1024 / 1024 / 1024} GB; "
                + $"{RuntimeInformation.OSDescription}",
            $"One fdatasync of 4 KB in {folder}: {SyncMicroseconds(folder):0} µs (middle of 200)",
            $".NET {Environment.Version}; SQLite {await SqliteVersionAsync()} (WAL, synchronous FULL); "
                + $"{Postgres.Version() ?? "no PostgreSQL"} (fsync on)",
            $"{DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC; load of the machine over the minute before: "
                + (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0],
        ];

    /// <summary>Resident memory of a process in megabytes.</summary>
    public static double ResidentMegabytes(int pid) =>
        double.Parse(Field($"/proc/{pid}/status", "VmRSS")!.Split(' ')[0], CultureInfo.InvariantCulture) / 1024;

    private static string? Field(string file, string name) =>
        File.Exists(file)
            ? File.ReadLines(file)
                .FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))
                ?.Split(':', 2)[1]
                .Trim()
            : null;

    private static double SyncMicroseconds(string folder)
    {
        var path = Path.Combine(folder, "sync-test");
        var block = new byte[4096];
        var took = new List<double>();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1))
            for (var n = 0; n < 200; n++)
            {
                var from = TimeProvider.System.GetTimestamp();
                file.Write(block);
                file.Flush(flushToDisk: true);
                took.Add(TimeProvider.System.GetElapsedTime(from).TotalMicroseconds);
            }
        File.Delete(path);
        return took.Order().ElementAt(took.Count / 2);
    }

    private static async Task<string> SqliteVersionAsync()
    {
        await using var connection = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        await connection.OpenAsync();
        return connection.ServerVersion;
    }
}

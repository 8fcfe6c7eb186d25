using System.Collections.Concurrent;
using System.Diagnostics;

namespace HeroOnboarding.Bench.Lease;

/// <summary>The actions of one caller of a closed loop: take a machine, release it.</summary>
internal interface ICaller : IAsyncDisposable
{
    /// <summary>Takes a machine.</summary>
    /// <returns>The machine; none with the reason of the refusal.</returns>
    Task<Taken> TakeAsync();

    /// <returns>Null for success, otherwise the error.</returns>
    Task<string?> GiveBackAsync(Taken taken);
}

/// <summary>A machine and its lease number, or the code of the refusal.</summary>
internal readonly record struct Taken(string? Vm, string Sid, string? Refused, long Lease = 0);

/// <summary>The result of a closed loop. Times are of taking a machine, in milliseconds.</summary>
internal sealed record LoadResult(
    int Callers,
    double Seconds,
    long Cycles,
    double P50,
    double P99,
    double Max,
    long DoubleLeases,
    long FalseEmpties,
    Dictionary<string, int> Errors
)
{
    public double PerSecond => Cycles / Seconds;
}

/// <summary>
/// Callers in a closed loop: each takes a machine, releases it, and starts again. Machines that two callers hold at a
/// time are counted: by the instant, and by repeated lease numbers.
/// </summary>
internal static class Load
{
    public static async Task<LoadResult> RunAsync(int callers, TimeSpan time, Func<int, ICaller> make)
    {
        var held = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var leases = new ConcurrentDictionary<(string, long), bool>();
        var errors = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var (doubles, empties) = (0L, 0L);
        var watch = Stopwatch.StartNew();
        async Task<List<double>> LoopAsync(int n)
        {
            await using var caller = make(n);
            var times = new List<double>();
            while (watch.Elapsed < time)
            {
                var from = Stopwatch.GetTimestamp();
                var taken = await caller.TakeAsync();
                times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
                if (taken.Vm is null)
                {
                    if (taken.Refused == "pool.empty")
                        Interlocked.Increment(ref empties);
                    errors.AddOrUpdate(taken.Refused ?? "?", 1, (_, count) => count + 1);
                    times.RemoveAt(times.Count - 1);
                    continue;
                }
                if (!held.TryAdd(taken.Vm, true) || !leases.TryAdd((taken.Vm, taken.Lease), true))
                    Interlocked.Increment(ref doubles);
                held.TryRemove(taken.Vm, out _);
                if (await caller.GiveBackAsync(taken) is { } wrong)
                    errors.AddOrUpdate(wrong, 1, (_, count) => count + 1);
            }
            return times;
        }
        var all = (await Task.WhenAll(Enumerable.Range(0, callers).Select(n => Task.Run(() => LoopAsync(n)))))
            .SelectMany(t => t)
            .Order()
            .ToArray();
        return new(
            callers,
            watch.Elapsed.TotalSeconds,
            all.Length,
            At(all, 0.5),
            At(all, 0.99),
            At(all, 1),
            doubles,
            empties,
            new(errors)
        );
    }

    internal static double At(double[] sorted, double part) =>
        sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];
}

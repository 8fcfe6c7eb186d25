using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// The job that counts the pool every five minutes for its chart, and deletes samples older than the
/// chart's longest span.
/// </summary>
internal sealed class SamplePool(Database database, UnitOfWorkRunner writer, ProbeOptions probes, TimeProvider clock)
    : IJob
{
    public static readonly TimeSpan Every = TimeSpan.FromMinutes(5);
    internal static readonly TimeSpan Kept = TimeSpan.FromDays(31);

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        PoolCounts counts;
        await using (var db = database.Read())
            counts = await PoolCounts.ReadAsync(db, probes.ProvenSince(now), cancel);
        await writer.RunAsync(
            "pool.sample",
            SystemActors.Jobs,
            async unit =>
            {
                var old = unit.Now - Kept;
                await unit
                    .Db.PoolSamples.Where(s => s.At < old || s.At == now)
                    .ExecuteDeleteAsync(CancellationToken.None);
                unit.Db.PoolSamples.Add(
                    new PoolSample
                    {
                        At = now,
                        Free = counts.Free,
                        Held = counts.Held,
                        Recycling = counts.Recycling,
                        Maintenance = counts.Maintenance,
                        Quarantined = counts.Quarantined,
                        Unproven = counts.Unproven,
                        Unlisted = counts.Unlisted,
                    }
                );
            },
            cancel
        );
        return $"{counts.Free} free, {counts.Held} held, {counts.Recycling} to be erased, {counts.Quarantined} "
            + "quarantined.";
    }
}

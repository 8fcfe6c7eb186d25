using HeroOnboarding.Store;

namespace HeroOnboarding.Pool;

/// <summary>The alarm conditions of the pool.</summary>
internal static class PoolAlarms
{
    public static FindAlarmConditions FindAsync(PoolOptions pool, ProbeOptions probes) =>
        async (db, now, cancel) =>
        {
            if (!pool.HasPool)
                return [];
            var counts = await PoolCounts.ReadAsync(db, probes.ProvenSince(now), cancel);
            var found = new List<AlarmCondition>();
            if (counts.IsLow(pool))
                found.Add(new("pool.low", $"{counts.Free} of {counts.Listed} listed machines are free."));
            if (counts.IsSilent)
                found.Add(
                    new(
                        "pool.unproven",
                        $"{counts.Unproven} machines that should be free have not answered a probe lately; they are "
                            + "not handed out."
                    )
                );
            return found;
        };
}

using HeroOnboarding.Store;

namespace HeroOnboarding.Pool;

/// <summary>What is wrong with the pool now.</summary>
internal static class PoolAlarms
{
    public static FindAlarmConditions FindAsync(Settings settings) =>
        async (db, now, cancel) =>
        {
            if (!settings.HasPool)
                return [];
            var counts = await PoolCounts.ReadAsync(db, settings.ProvenSince(now), cancel);
            var found = new List<AlarmCondition>();
            if (counts.IsLow(settings))
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

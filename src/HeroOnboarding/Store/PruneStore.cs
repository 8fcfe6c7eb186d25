using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>Rows that have served their time, for <see cref="PruneStore"/>.</summary>
/// <param name="What">Plural, for the report.</param>
/// <param name="DeleteAsync">Deletes those that are over at this instant, and returns how many.</param>
public sealed record ExpiredRows(string What, Func<OnboardingDb, DateTimeOffset, Task<int>> DeleteAsync);

/// <summary>
/// Removes what has served its time: idempotency keys (24 h), rate windows, old job reports, delivered notices, and
/// what the features register.
/// </summary>
internal sealed class PruneStore(UnitOfWorkRunner writer, IEnumerable<ExpiredRows> kinds) : IJob
{
    internal static readonly TimeSpan IdempotencyLife = TimeSpan.FromHours(24);

    /// <summary>The rows of the store itself.</summary>
    internal static IReadOnlyList<ExpiredRows> Own { get; } =
    [
        new(
            "idempotency keys",
            (db, now) => db.Idempotency.Where(r => r.CreatedAt < now - IdempotencyLife).ExecuteDeleteAsync()
        ),
        new("rate windows", (db, now) => db.Rates.Where(r => r.WindowStart < now.AddHours(-1)).ExecuteDeleteAsync()),
        new("job reports", DeleteRunsAsync),
        new("delivered notices", DeleteNoticesAsync),
        new(
            "alarms",
            (db, now) =>
                db.Alarms.Where(r => r.ClearedAt != null && r.ClearedAt < now.AddDays(-90)).ExecuteDeleteAsync()
        ),
    ];

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var outcome = await writer.RunAsync<string>(
            "store.prune",
            SystemActors.Jobs,
            async unit =>
            {
                var counts = new List<string>();
                foreach (var kind in kinds)
                    counts.Add($"{await kind.DeleteAsync(unit.Db, unit.Now)} {kind.What}");
                return $"Removed {string.Join(", ", counts)}.";
            },
            cancel
        );
        return outcome.Value;
    }

    // What was finished so long ago was also made so long ago: by its sid the old end of the table is found without
    // reading the rest.
    private static Task<int> DeleteRunsAsync(OnboardingDb db, DateTimeOffset now)
    {
        var month = Names.NewSid(now.AddDays(-30));
        return db
            .JobRuns.Where(r => string.Compare(r.Sid, month) < 0 && r.FinishedAt < now.AddDays(-30))
            .ExecuteDeleteAsync();
    }

    private static Task<int> DeleteNoticesAsync(OnboardingDb db, DateTimeOffset now)
    {
        var month = Names.NewSid(now.AddDays(-30));
        return db
            .Outbox.Where(r => string.Compare(r.Sid, month) < 0 && r.DoneAt != null && r.DoneAt < now.AddDays(-30))
            .ExecuteDeleteAsync();
    }
}

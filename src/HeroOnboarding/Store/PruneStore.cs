using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>Rows that <see cref="PruneStore"/> deletes after their time.</summary>
/// <param name="What">Plural, for the report.</param>
/// <param name="DeleteAsync">Deletes the rows that have expired at this instant, and returns how many.</param>
public sealed record ExpiredRows(string What, Func<OnboardingDb, DateTimeOffset, Task<int>> DeleteAsync);

/// <summary>
/// The job <c>store.prune</c>: deletes expired idempotency keys (24 h), rate windows, job reports, delivered notices,
/// and the rows that features register with <c>AddExpiredRows</c>.
/// </summary>
internal sealed class PruneStore(UnitOfWorkRunner writer, IEnumerable<ExpiredRows> kinds) : IJob
{
    internal static readonly TimeSpan IdempotencyLife = TimeSpan.FromHours(24);

    /// <summary>The expired rows of the store's own tables.</summary>
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

    // A row that finished before the limit was also created before it, and a sid sorts by its time of creation: the
    // comparison of sids finds the old rows by the primary key.
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

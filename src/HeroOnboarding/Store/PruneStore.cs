using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// Removes what has served its time: sessions, idempotency keys (24 h), rate windows, old job reports, staging left by
/// a crash.
/// </summary>
internal sealed class PruneStore(UnitOfWorkRunner writer) : IJob
{
    internal static readonly TimeSpan IdempotencyLife = TimeSpan.FromHours(24);

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var outcome = await writer.RunAsync<string>(
            "store.prune",
            SystemActors.Jobs,
            async unit =>
            {
                var (now, db) = (unit.Now, unit.Db);
                var sessions = await db
                    .Sessions.Where(s => s.ExpiresAt < now)
                    .ExecuteDeleteAsync(CancellationToken.None);
                await db
                    .LoginChallenges.Where(c => c.ExpiresAt < now.AddDays(-1))
                    .ExecuteDeleteAsync(CancellationToken.None);
                var keys = await db
                    .Idempotency.Where(r => r.CreatedAt < now - IdempotencyLife)
                    .ExecuteDeleteAsync(CancellationToken.None);
                var rates = await db
                    .Rates.Where(r => r.WindowStart < now.AddHours(-1))
                    .ExecuteDeleteAsync(CancellationToken.None);
                // What was finished so long ago was also made so long ago: by its sid the old end of the table is found
                // without reading the rest.
                var month = Names.NewSid(now.AddDays(-30));
                var runs = await db
                    .JobRuns.Where(r => string.Compare(r.Sid, month) < 0 && r.FinishedAt < now.AddDays(-30))
                    .ExecuteDeleteAsync(CancellationToken.None);
                var staleRefresh = Names.NewSid(now.AddHours(-1));
                var staged = await db
                    .PoolStaging.Where(r => string.Compare(r.RefreshSid, staleRefresh) < 0)
                    .ExecuteDeleteAsync(CancellationToken.None);
                var notices = await db
                    .Outbox.Where(r =>
                        string.Compare(r.Sid, month) < 0 && r.DoneAt != null && r.DoneAt < now.AddDays(-30)
                    )
                    .ExecuteDeleteAsync(CancellationToken.None);
                await db
                    .Alarms.Where(r => r.ClearedAt != null && r.ClearedAt < now.AddDays(-90))
                    .ExecuteDeleteAsync(CancellationToken.None);
                return $"Removed {sessions} sessions, {keys} idempotency keys, {rates} rate windows, {runs} job "
                    + $"reports, {staged} staged machines, {notices} delivered notices.";
            },
            cancel
        );
        return outcome.Value;
    }
}

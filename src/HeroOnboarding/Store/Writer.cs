using System.Diagnostics;
using HeroOnboarding.Web;

namespace HeroOnboarding.Store;

/// <summary>
/// The only way to change the store: all or nothing, in turn, with its audit row. Callers are answered after COMMIT; a refusal rolls back.
/// </summary>
public sealed class Writer(Database database, Settings settings, TimeProvider clock, OutboxSignal outbox, CrashPoints crash, ILogger<Writer> log)
{
    private const int Tries = 8;

    /// <summary>Bookkeeping without an audit row of its own. Everything else is audited; a test holds the list.</summary>
    internal static readonly IReadOnlySet<string> Unaudited = new HashSet<string>(StringComparer.Ordinal)
    {
        "outbox.take", "outbox.retry-later", "jobs.take", "jobs.report", "rates.hit", "session.touch", "keys.store", "store.prune", "pool.stage",
    };

    /// <summary>Runs one unit of work named <paramref name="act"/> in the audit.</summary>
    /// <param name="unit">May run twice when PostgreSQL loses a race, so it changes nothing outside the unit.</param>
    /// <param name="cancel">Skips the unit while it waits for its turn; once started it is never interrupted.</param>
    /// <exception cref="StoreBusyException">Queue full, database out of reach, or COMMIT failed. Nothing was changed, except that after a failed COMMIT nobody can know.</exception>
    public async Task<Outcome<T>> RunAsync<T>(string act, Actor actor, Func<Unit, Task<Outcome<T>>> unit, CancellationToken cancel = default)
    {
        if (Unit.IsRunning)
            throw new InvalidOperationException($"'{act}' was started inside another unit of work; one commit holds everything.");
        var trace = Activity.Current?.TraceId.ToString();
        try
        {
            return await database.Lane.EnterAsync(() => RunTurnAsync(act, actor, trace, unit), cancel);
        }
        catch (Exception e) when (e is not StoreBusyException && database.IsUnavailable(e))
        {
            throw new StoreBusyException("The database does not answer.", e);
        }
    }

    /// <summary>The same for units that cannot be refused and return nothing.</summary>
    public async Task RunAsync(string act, Actor actor, Func<Unit, Task> unit, CancellationToken cancel = default) =>
        await RunAsync<bool>(act, actor, async u => { await unit(u); return true; }, cancel);

    private async Task<Outcome<T>> RunTurnAsync<T>(string act, Actor actor, string? trace, Func<Unit, Task<Outcome<T>>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await RunOnceAsync(act, actor, trace, work);
            }
            catch (Exception e) when (database.IsTransient(e))
            {
                if (attempt == Tries)
                    throw new StoreBusyException($"'{act}' lost {Tries} races in a row.", e);
                log.LogDebug("{Act} lost a race, trying again", act);
                // A short random pause, or the same units meet again at once.
                await Task.Delay(Random.Shared.Next(1, 10 * attempt));
            }
        }
    }

    private async Task<Outcome<T>> RunOnceAsync<T>(string act, Actor actor, string? trace, Func<Unit, Task<Outcome<T>>> work)
    {
        await using var db = database.OpenWrite();
        db.Database.AutoSavepointsEnabled = false;
        await using var transaction = await db.Database.BeginTransactionAsync(CancellationToken.None);
        var unit = new Unit(db, database, settings, actor, clock.Now());
        var outcome = await unit.UseAsync(async () =>
        {
            var result = await work(unit);
            if (result.IsRefused)
                return result;
            await unit.EndAsync();
            if (!Unaudited.Contains(act))
                db.Audit.Add(AuditOf(unit, act, trace));
            await db.SaveChangesAsync(CancellationToken.None);
            return result;
        });
        if (outcome.IsRefused)
            return outcome;
        crash.Reach("before commit", act);
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception e) when (!database.IsTransient(e))
        {
            throw new StoreBusyException("The database did not confirm the change.", e);
        }
        crash.Reach("after commit", act);
        if (unit.SentAnything)
            outbox.Wake();
        return outcome;
    }

    private static AuditRow AuditOf(Unit unit, string act, string? trace) => new()
    {
        Sid = unit.NewSid(),
        At = unit.Now,
        Act = act,
        ActorKind = unit.Actor.Kind,
        ActorId = unit.Actor.Id,
        Subject = unit.Subject,
        Detail = unit.Detail,
        TraceId = trace,
    };
}

/// <summary>A hook for crash tests: they stop the process's work at a named point. Nothing is set in production.</summary>
public sealed class CrashPoints
{
    internal Action<string, string>? Hook { get; set; }

    internal void Reach(string point, string act) => Hook?.Invoke(point, act);
}

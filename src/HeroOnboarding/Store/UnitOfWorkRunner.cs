using System.Diagnostics;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Store;

/// <summary>
/// The only way to change the store: all or nothing, with its audit row. Callers are answered after COMMIT; a
/// refusal rolls back.
/// </summary>
public sealed class UnitOfWorkRunner(
    Database database,
    LoadedOptions options,
    TimeProvider clock,
    OutboxSignal outbox,
    CrashPoints crash,
    StoreFailures failures,
    WriteHealth health,
    FindRequestCount? findCount = null
)
{
    private readonly Database database = database;
    private readonly LoadedOptions options = options;
    private readonly TimeProvider clock = clock;
    private readonly OutboxSignal outbox = outbox;
    private readonly CrashPoints crash = crash;
    private readonly FindRequestCount? findCount = findCount;

    /// <summary>
    /// Acts without an audit row of their own, which is bookkeeping only. Every other act is audited; a test
    /// holds the list.
    /// </summary>
    internal static readonly IReadOnlySet<string> Unaudited = new HashSet<string>(StringComparer.Ordinal)
    {
        "outbox.take",
        "outbox.retry-later",
        "jobs.take",
        "jobs.report",
        "rates.hit",
        "session.touch",
        "token.touch",
        "keys.store",
        "store.prune",
        "challenge.sent",
        "pool.stage",
        "pool.probe",
        "pool.sample",
        "clock.note",
        "webhook.count",
        "health.write",
    };

    /// <summary>Runs one unit of work that the audit names <paramref name="act"/>.</summary>
    /// <param name="unit">Runs again when PostgreSQL loses a race, so it changes nothing outside the unit.</param>
    /// <param name="cancel">Skips the unit while it waits for its turn; a unit that has started
    /// is never interrupted.</param>
    /// <exception cref="TooManyRequestsException">The request of the unit exceeds its limit; only the
    /// counter was kept.</exception>
    /// <exception cref="StoreBusyException">The queue is full, the database cannot be reached, or COMMIT failed.
    /// Nothing was changed, except that the result of a failed COMMIT is unknown.</exception>
    public async Task<Outcome<T>> RunAsync<T>(
        string act,
        Actor actor,
        Func<Unit, Task<Outcome<T>>> unit,
        CancellationToken cancel = default
    )
    {
        if (Unit.IsRunning)
            throw new InvalidOperationException(
                $"'{act}' was started inside another unit of work; one commit holds everything."
            );
        var turn = new RunnerUnit<T>(this, act, actor, Activity.Current, unit);
        try
        {
            await database.Commits.RunAsync(turn, cancel);
            if (!turn.IsOneTooMany && !turn.Outcome.IsRefused)
                health.Succeeded();
            return turn.IsOneTooMany ? throw new TooManyRequestsException() : turn.Outcome;
        }
        catch (Exception e) when (failures.IsOurs(e))
        {
            health.Failed(failures.Log("Write", act, e));
            if (e is StoreBusyException)
                throw;
            throw new StoreBusyException("The database does not answer.", e);
        }
    }

    /// <summary>As above, for units that cannot be refused and return nothing.</summary>
    public async Task RunAsync(string act, Actor actor, Func<Unit, Task> unit, CancellationToken cancel = default) =>
        await RunAsync<bool>(
            act,
            actor,
            async u =>
            {
                await unit(u);
                return true;
            },
            cancel
        );

    /// <summary>The part inside the transaction: the work, its messages and its audit row.</summary>
    private async Task<Outcome<T>> RunAsync<T>(
        Unit unit,
        WriteScope scope,
        string act,
        string? trace,
        Func<Unit, Task<Outcome<T>>> work
    )
    {
        var result = await work(unit);
        if (result.IsRefused)
            return result;
        await unit.EndAsync();
        foreach (var row in unit.Sent)
            await RowMapper<OutboxRow>.In(database).InsertAsync(scope.Statements, row);
        if (!Unaudited.Contains(act))
            await RowMapper<AuditRow>.In(database).InsertAsync(scope.Statements, AuditOf(unit, act, trace));
        await scope.SaveAsync();
        return result;
    }

    private static AuditRow AuditOf(Unit unit, string act, string? trace) =>
        new()
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

    /// <param name="request">The request that the unit belongs to. The unit may run on another thread; its log lines
    /// get this trace id.</param>
    private sealed class RunnerUnit<T>(
        UnitOfWorkRunner writer,
        string act,
        Actor actor,
        Activity? request,
        Func<Unit, Task<Outcome<T>>> work
    ) : QueuedUnit
    {
        private readonly RequestCount? count =
            !Unaudited.Contains(act) && writer.findCount?.Invoke() is { } found && found.TryTake() ? found : null;
        private Unit? unit;

        public override bool Counts => count is not null;

        public bool IsOneTooMany => count?.IsOver == true;

        public Outcome<T> Outcome { get; private set; }

        public override async Task<bool> WorkAsync(WriteScope scope)
        {
            // The assignment ends with this method: a caller does not see what an asynchronous method sets.
            Activity.Current = request;
            var trace = request?.TraceId.ToString();
            var mine = unit = new Unit(scope, writer.database, writer.options, actor, writer.clock.Now());
            Outcome = await mine.UseAsync(() => writer.RunAsync(mine, scope, act, trace, work));
            if (Outcome.IsRefused)
                return false;
            writer.crash.Reach("before commit", act);
            return true;
        }

        public override async Task<bool> CountAsync(PreparedStatements prepared)
        {
            await count!.WriteMarkedAsync(prepared, writer.clock.Now());
            return !count.IsOver;
        }

        public override void Committed()
        {
            writer.crash.Reach("after commit", act);
            if (unit!.Sent.Count > 0)
                writer.outbox.Wake();
        }
    }
}

/// <summary>
/// A hook for crash tests. It can stop the process's work before or after a commit (what: its act), a call to another
/// system (its path) or a delivery (its kind). Null in production.
/// </summary>
public sealed class CrashPoints
{
    internal Action<string, string>? Hook { get; set; }

    internal void Reach(string point, string what) => Hook?.Invoke(point, what);
}

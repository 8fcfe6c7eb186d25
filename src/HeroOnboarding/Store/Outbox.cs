using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>The result of one attempt to deliver.</summary>
public abstract record Delivery
{
    /// <summary>Delivered; <paramref name="Then"/> runs in the commit that marks the row done.</summary>
    public sealed record Done(Func<Unit, Task>? Then = null) : Delivery;

    /// <summary>
    /// Not delivered; tried again after the back-off, or not before <paramref name="After"/> when the receiver
    /// asked for it.
    /// </summary>
    public sealed record Later(string Reason, TimeSpan? After = null) : Delivery;

    /// <summary>
    /// The receiver refused for good: the row is stuck, with its reason, until an operator retries it.
    /// <paramref name="Then"/> runs in the commit that records it.
    /// </summary>
    public sealed record Refused(string Reason, Func<Unit, Task>? Then = null) : Delivery;
}

/// <summary>Delivers one row to its receiver. Called outside any unit; may be called again for the same row.</summary>
public delegate Task<Delivery> Deliver(OutboxRow row, CancellationToken cancel);

/// <summary>A registered kind of outbox rows.</summary>
public sealed record OutboxKind(string Name, Deliver Deliver);

/// <summary>
/// Delivers outbox rows: leases one by a guarded UPDATE, calls the receiver outside any unit, then marks the row in
/// a second commit. A crash between the call and the second commit delivers again under the same key, so receivers
/// can detect it.
/// </summary>
public sealed class OutboxRunner(
    Database database,
    UnitOfWorkRunner writer,
    TimeProvider clock,
    IEnumerable<OutboxKind> kinds,
    CrashPoints crash,
    StoreFailures failures,
    ILogger<OutboxRunner> log
)
{
    internal static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>The longest delay that a receiver can request for a notice.</summary>
    private static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1);
    private static readonly Actor Self = Actor.System("outbox");
    private readonly Dictionary<string, OutboxKind> kinds = kinds.ToDictionary(k => k.Name);

    /// <summary>Delivers everything that is due; returns how many rows were tried.</summary>
    public async Task<int> RunDueAsync(CancellationToken cancel)
    {
        var tried = 0;
        while (!cancel.IsCancellationRequested && await TakeAsync(cancel) is { } row)
        {
            await DeliverAsync(row, cancel);
            tried++;
        }
        return tried;
    }

    private async Task<OutboxRow?> TakeAsync(CancellationToken cancel)
    {
        while (true)
        {
            var now = clock.Now();
            List<string> due;
            await using (var db = database.Read())
                due = await db
                    .Outbox.Where(r =>
                        r.DoneAt == null && !r.Stuck && r.DueAt <= now && (r.LeaseUntil == null || r.LeaseUntil < now)
                    )
                    .OrderBy(r => r.DueAt)
                    .Select(r => r.Sid)
                    .Take(16)
                    .ToListAsync(cancel);
            if (due.Count == 0)
                return null;
            // Other instances take from the same rows. When they took all of these, the next rows are read.
            foreach (var sid in due)
                if (await TakeAsync(sid) is { } row)
                    return row;
        }
    }

    /// <summary>
    /// Leases one row to this instance. Other instances find the same rows, so the UPDATE repeats every condition
    /// of the SELECT.
    /// </summary>
    /// <returns>Null when the row is done, stuck, not due yet, or leased.</returns>
    internal async Task<OutboxRow?> TakeAsync(string sid)
    {
        var taken = await writer.RunAsync<OutboxRow?>(
            "outbox.take",
            Self,
            async unit =>
            {
                DateTimeOffset? until = unit.Now + Lease;
                var mine = await unit
                    .Db.Outbox.Where(r =>
                        r.Sid == sid
                        && r.DoneAt == null
                        && !r.Stuck
                        && r.DueAt <= unit.Now
                        && (r.LeaseUntil == null || r.LeaseUntil < unit.Now)
                    )
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(r => r.LeaseUntil, until).SetProperty(r => r.Attempts, r => r.Attempts + 1)
                    );
                return mine == 1 ? await unit.Db.Outbox.AsNoTracking().SingleAsync(r => r.Sid == sid) : null;
            },
            CancellationToken.None
        );
        return taken.Value;
    }

    private async Task DeliverAsync(OutboxRow row, CancellationToken cancel)
    {
        var delivery = await TryAsync(row, cancel);
        crash.Reach("after delivery", row.Kind);
        switch (delivery)
        {
            case Delivery.Done done:
                await MarkDoneAsync(row, done);
                break;
            case Delivery.Refused refused:
                log.LogError("Outbox {Kind} {Key} was refused: {Reason}", row.Kind, row.Key, refused.Reason);
                await MarkRefusedAsync(row, refused);
                break;
            case Delivery.Later later:
                log.LogWarning(
                    "Outbox {Kind} {Key} attempt {Attempt}: {Reason}",
                    row.Kind,
                    row.Key,
                    row.Attempts,
                    later.Reason
                );
                var wait = BackOff(row.Attempts);
                await PutBackAsync(
                    row,
                    later.Reason,
                    clock.Now()
                        + (
                            later.After > wait
                                ? TimeSpan.FromTicks(Math.Min(later.After.Value.Ticks, LongestAsked.Ticks))
                                : wait
                        ),
                    stuck: false
                );
                break;
        }
    }

    private async Task MarkDoneAsync(OutboxRow row, Delivery.Done done)
    {
        try
        {
            await writer.RunAsync(
                "outbox.delivered",
                Self,
                async unit =>
                {
                    unit.Note(
                        row.Sid,
                        new
                        {
                            row.Kind,
                            row.Key,
                            row.Attempts,
                        }
                    );
                    if (done.Then is not null)
                        await done.Then(unit);
                    DateTimeOffset? now = unit.Now;
                    await unit
                        .Db.Outbox.Where(r => r.Sid == row.Sid)
                        .ExecuteUpdateAsync(set =>
                            set.SetProperty(r => r.DoneAt, now)
                                .SetProperty(r => r.LeaseUntil, (DateTimeOffset?)null)
                                .SetProperty(r => r.LastError, (string?)null)
                        );
                },
                CancellationToken.None
            );
        }
        catch (Exception e) when (e is not StoreBusyException)
        {
            log.LogError(e, "Outbox {Kind} {Key} was delivered but not booked", row.Kind, row.Key);
            await PutBackAsync(
                row,
                "Delivered, but booking it failed: " + e.GetType().Name,
                clock.Now() + BackOff(row.Attempts),
                stuck: false
            );
        }
    }

    private async Task MarkRefusedAsync(OutboxRow row, Delivery.Refused refused)
    {
        try
        {
            await writer.RunAsync(
                "outbox.refused",
                Self,
                async unit =>
                {
                    if (refused.Then is not null)
                        await refused.Then(unit);
                    await PutBackAsync(unit, row, refused.Reason, unit.Now, stuck: true);
                    unit.Note(
                        row.Sid,
                        new
                        {
                            row.Kind,
                            row.Key,
                            row.Attempts,
                            refused.Reason,
                        }
                    );
                },
                CancellationToken.None
            );
        }
        catch (Exception e) when (e is not StoreBusyException)
        {
            log.LogError(e, "Outbox {Kind} {Key} was refused but not booked", row.Kind, row.Key);
            await PutBackAsync(
                row,
                "Refused, but booking it failed: " + e.GetType().Name,
                clock.Now() + BackOff(row.Attempts),
                stuck: false
            );
        }
    }

    private async Task<Delivery> TryAsync(OutboxRow row, CancellationToken cancel)
    {
        if (!kinds.TryGetValue(row.Kind, out var kind))
            return new Delivery.Refused($"Nobody delivers '{row.Kind}'.");
        try
        {
            return await kind.Deliver(row, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new Delivery.Later("The server stopped meanwhile.");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or TimeoutException or IOException)
        {
            return new Delivery.Later(e is TaskCanceledException ? "No answer in time." : e.Message);
        }
        catch (Exception e) when (failures.IsOurs(e))
        {
            // UnitOfWorkRunner has logged a failed write.
            if (e is not StoreBusyException)
                failures.Log("Read", "outbox " + row.Kind, e);
            return new Delivery.Later("The database did not answer.");
        }
        catch (Exception e)
        {
            log.LogError(e, "Outbox {Kind} {Key} failed", row.Kind, row.Key);
            return new Delivery.Later("Failed here: " + e.GetType().Name);
        }
    }

    private Task PutBackAsync(OutboxRow row, string reason, DateTimeOffset due, bool stuck) =>
        writer.RunAsync(
            "outbox.retry-later",
            Self,
            unit => PutBackAsync(unit, row, reason, due, stuck),
            CancellationToken.None
        );

    private static Task PutBackAsync(Unit unit, OutboxRow row, string reason, DateTimeOffset due, bool stuck) =>
        unit
            .Db.Outbox.Where(r => r.Sid == row.Sid && r.DoneAt == null)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(r => r.LastError, Names.Cut(reason, 500))
                    .SetProperty(r => r.DueAt, due)
                    .SetProperty(r => r.LeaseUntil, (DateTimeOffset?)null)
                    .SetProperty(r => r.Stuck, stuck)
            );

    /// <summary>
    /// 5 s, 10 s, 20 s … up to 10 minutes, plus up to a fifth at random so that failed deliveries do not retry in step.
    /// </summary>
    internal static TimeSpan BackOff(int attempts)
    {
        var seconds = Math.Min(LongestWait.TotalSeconds, 5 * Math.Pow(2, Math.Min(attempts, 20) - 1));
        return TimeSpan.FromSeconds(seconds * (1 + (Random.Shared.NextDouble() / 5)));
    }
}

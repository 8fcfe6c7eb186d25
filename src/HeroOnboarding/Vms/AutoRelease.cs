using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>The result of one run of auto-release.</summary>
/// <param name="RowsExamined">Live leases.</param>
/// <param name="RowsExpired">Those among them whose <c>expires_at</c> has passed.</param>
/// <param name="RowsAlreadyReleased">Released by someone else before this run reached them.</param>
/// <param name="Errors">Leases that could not be released; the log has the reason, the next run tries again.</param>
/// <param name="RowsUnnoticed">Kept because their notices were not offered in time; absent when there are none.</param>
/// <param name="RowsExtended">Renewed before this run reached them; absent when there are none.</param>
public sealed record AutoReleaseAnswer(
    int RowsExamined,
    int RowsExpired,
    int RowsReleased,
    int RowsAlreadyReleased,
    int Errors,
    int? RowsUnnoticed = null,
    int? RowsExtended = null
)
{
    public override string ToString() =>
        $"{RowsExamined} live, {RowsExpired} expired: {RowsReleased} released, {RowsAlreadyReleased} released before, "
        + $"{Errors} failed"
        + (RowsUnnoticed is null ? "" : $", {RowsUnnoticed} kept until their notices were offered for a day")
        + (RowsExtended is null ? "." : $", {RowsExtended} renewed meanwhile.");
}

/// <summary>
/// Releases the machines of expired leases. Each lease is a unit of its own, so a failure stops no other, and a
/// repetition finds nothing to do. A run is refused when it would release suspiciously many machines or the clock is in
/// doubt (<see cref="ClockBrake"/>). A lease whose customer was not notified before is kept.
/// </summary>
public sealed class AutoRelease(
    Database database,
    UnitOfWorkRunner writer,
    ExpireVm expire,
    OfferNotices notices,
    Provisioners provisioners,
    ClockBrake clockBrake,
    TimeProvider clock,
    ILogger<AutoRelease> log
)
{
    /// <summary>A run that releases at most this many machines is never suspicious.</summary>
    public const int NeverTooMany = 20;

    /// <summary>An expired lease and its purchase.</summary>
    private sealed record ExpiredLease(string Sid, Purchase Purchase);

    /// <summary>Runs auto-release on behalf of an operator or a program.</summary>
    /// <param name="force">Ignores the brakes.</param>
    /// <param name="withoutNotice">Includes leases whose customers were not notified before.</param>
    public async Task<Outcome<AutoReleaseAnswer>> AskAsync(
        Actor actor,
        bool force,
        bool withoutNotice,
        CancellationToken cancel = default
    )
    {
        if (provisioners.Registered is null)
            return Off;
        if (force)
            await clockBrake.LookAsync(cancel);
        // The request is audited before the work; each released lease has an audit row of its own.
        await writer.RunAsync(
            "auto_release.ask",
            actor,
            async unit =>
            {
                if (force)
                    await ClockBrake.LiftInUnitAsync(unit);
                unit.Note(null, new { force, without_notice = withoutNotice });
            },
            cancel
        );
        return await RunAsync(actor, force, withoutNotice, cancel);
    }

    /// <summary>Runs auto-release once.</summary>
    /// <returns>Refused with <c>provisioner.unavailable</c> or <c>auto_release.braked</c>; nothing
    /// was released then.</returns>
    internal async Task<Outcome<AutoReleaseAnswer>> RunAsync(
        Actor actor,
        bool force,
        bool withoutNotice,
        CancellationToken cancel
    )
    {
        if (provisioners.Registered is null)
            return Off;
        var now = clock.Now();
        // The clocks are also compared in a forced run: later comparisons start from what the operator accepted.
        if (await clockBrake.LookAsync(cancel) is { } stopped && !force)
            return Stop(stopped);
        var (live, over) = await LookAsync(now, cancel);
        var due = withoutNotice ? over : [.. over.Where(o => OfferNotices.AllOffered(o.Purchase, now))];
        if (!force && due.Count > NeverTooMany && due.Count * 10L > live)
            return Stop(
                $"{due.Count:N0} of {live:N0} live machines would be released at once; more than {NeverTooMany} and "
                    + "more than a tenth."
            );
        await OfferLateAsync(actor, over.Except(due), cancel);
        var answer = new AutoReleaseAnswer(
            live,
            over.Count,
            0,
            0,
            0,
            due.Count == over.Count ? null : over.Count - due.Count
        );
        foreach (var one in due)
            answer = Add(answer, await ReleaseAsync(actor, one.Sid, cancel));
        return answer;
    }

    /// <summary>
    /// For the operators' page: the number of live leases, of expired ones, and of those that wait for their notices.
    /// </summary>
    public async Task<(int Live, int Over, int Unnoticed)> SeeAsync(CancellationToken cancel = default)
    {
        var now = clock.Now();
        var (live, over) = await LookAsync(now, cancel);
        return (live, over.Count, over.Count(o => !OfferNotices.AllOffered(o.Purchase, now)));
    }

    private static Refusal Off =>
        VmRefusals.ProvisionerUnavailable with
        {
            Detail = "No pool is set up, so there is nobody to give machines back to. Nothing was released.",
        };

    private Outcome<AutoReleaseAnswer> Stop(string why)
    {
        log.LogCritical("ALARM: auto-release stopped itself: {Reason}", why);
        return VmRefusals.AutoReleaseBraked with
        {
            Detail = why + " Nothing was released. If that is right, go on with force.",
        };
    }

    private async Task<(int Live, IReadOnlyList<ExpiredLease> Over)> LookAsync(
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        await using var db = database.Read();
        var live = await db.VmAllocations.WhereLive().CountAsync(cancel);
        var columns = RowMapper<VmAllocation>.In(database).Columns;
        var sql = $"SELECT {columns} FROM vm_allocations WHERE {Lease.Live} AND expires_at < {{0}}";
        var expired = db.VmAllocations.FromSqlRaw(sql, Instants.ToMicros(now));
        var over = await (
            from a in expired
            join p in db.Purchases on a.PurchaseSid equals p.Sid
            orderby a.ExpiresAt, a.Sid
            select new ExpiredLease(a.Sid, p)
        ).ToListAsync(cancel);
        return (live, over);
    }

    /// <summary>
    /// Notifies the customers who were not notified in time; they keep their machines for at least one more day.
    /// </summary>
    private async Task OfferLateAsync(Actor actor, IEnumerable<ExpiredLease> kept, CancellationToken cancel)
    {
        foreach (var purchase in kept.Select(o => o.Purchase).DistinctBy(p => p.Sid).Where(OfferNotices.IsAnyMissing))
            await notices.OfferAsync(actor, purchase, all: true, cancel);
    }

    private async Task<ExpiryResult?> ReleaseAsync(Actor actor, string sid, CancellationToken cancel)
    {
        try
        {
            cancel.ThrowIfCancellationRequested();
            var outcome = await expire.RunAsync(actor, sid, cancel);
            if (!outcome.IsRefused)
                return outcome.Value;
            log.LogError("Lease {Allocation} could not be released: {Code}", sid, outcome.Refusal.Code);
        }
        catch (StoreBusyException)
        {
            // UnitOfWorkRunner has logged the cause, once a second for all leases.
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested))
        {
            log.LogError(e, "Lease {Allocation} could not be released", sid);
        }
        return null;
    }

    private static AutoReleaseAnswer Add(AutoReleaseAnswer sum, ExpiryResult? result) =>
        result switch
        {
            ExpiryResult.Released => sum with { RowsReleased = sum.RowsReleased + 1 },
            ExpiryResult.AlreadyReleased => sum with { RowsAlreadyReleased = sum.RowsAlreadyReleased + 1 },
            ExpiryResult.Extended => sum with { RowsExtended = (sum.RowsExtended ?? 0) + 1 },
            _ => sum with { Errors = sum.Errors + 1 },
        };
}

/// <summary>
/// The job that runs auto-release. A run that is refused or has errors counts as failed, so that operators see it.
/// </summary>
public sealed class AutoReleaseJob(AutoRelease release) : IJob
{
    public const string Name = "vms.auto_release";

    private static readonly Actor Self = Actor.System("auto-release");

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var outcome = await release.RunAsync(Self, force: false, withoutNotice: false, cancel);
        if (outcome.IsRefused && outcome.Refusal.Code == VmRefusals.ProvisionerUnavailable.Code)
            return "No pool is set up; nothing to release.";
        if (outcome.IsRefused)
            throw new JobStoppedException(outcome.Refusal.Detail ?? outcome.Refusal.Title);
        return outcome.Value.Errors == 0
            ? outcome.Value.ToString()
            : throw new JobStoppedException(outcome.Value + " The log has the details.");
    }
}

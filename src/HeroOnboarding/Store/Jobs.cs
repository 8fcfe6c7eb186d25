using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>Background work without input: reads the store, decides, acts. Safe to repeat.</summary>
public interface IJob
{
    /// <returns>One line for operators: what was examined and what was done.</returns>
    Task<string> RunAsync(CancellationToken cancel);
}

/// <summary>Ends a run as failed because an operator has to act. The message is the report of the run.</summary>
public sealed class JobStoppedException(string report) : Exception(report);

/// <summary>A registered job, as the jobs page lists it.</summary>
/// <param name="NeedsTrueClock">The job charges or destroys by the clock: it does not run while
/// <see cref="ClockBrake"/> is on.</param>
public sealed record JobKind(
    string Name,
    TimeSpan Every,
    string Purpose,
    Func<CancellationToken, Task<string>> Run,
    bool NeedsTrueClock = false
);

/// <summary>Runs the jobs that are due. A lease on the job's row ensures that one instance runs each.</summary>
public sealed class JobRunner(
    Database database,
    UnitOfWorkRunner writer,
    TimeProvider clock,
    IEnumerable<JobKind> kinds,
    ClockBrake brake,
    StoreFailures failures,
    ILogger<JobRunner> log
)
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>How far the clocks of two instances, or the beginnings of two units, may be apart.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);
    private static readonly Actor Self = Actor.System("jobs");

    public IReadOnlyList<JobKind> Kinds { get; } = [.. kinds.OrderBy(k => k.Name, StringComparer.Ordinal)];

    /// <summary>True when the job should have finished a whole interval (at least five minutes) ago.</summary>
    /// <param name="isBraked">The clock brake is on; a job that it stops is not late.</param>
    public static bool IsLate(JobKind kind, JobRow? row, DateTimeOffset now, bool isBraked) =>
        row is not null
        && !(isBraked && kind.NeedsTrueClock)
        && row.NextDueAt + (kind.Every > TimeSpan.FromMinutes(5) ? kind.Every : TimeSpan.FromMinutes(5)) < now;

    public async Task<int> RunDueAsync(CancellationToken cancel)
    {
        var ran = 0;
        // Runs also when no job is due: the time for which the clocks agree is counted from one comparison to the next.
        await brake.LookAsync(cancel);
        foreach (var kind in Kinds)
            if (await IsDueAsync(kind, cancel) && await RunAsync(kind, onlyWhenDue: true, cancel) is not null)
                ran++;
        return ran;
    }

    /// <summary>Runs a job regardless of its schedule.</summary>
    /// <returns>Its report; null when the job is unknown or another instance is running it.</returns>
    public async Task<JobRun?> RunAsync(string name, CancellationToken cancel) =>
        Kinds.FirstOrDefault(k => k.Name == name) is { } kind ? await RunAsync(kind, onlyWhenDue: false, cancel) : null;

    private async Task<bool> IsDueAsync(JobKind kind, CancellationToken cancel)
    {
        var (now, far) = (clock.Now(), FarAway(kind, clock.Now()));
        await using var db = database.Read();
        return await db.Jobs.FirstOrDefaultAsync(j => j.Name == kind.Name, cancel) is not { } row
            || row.NextDueAt <= now
            || row.NextDueAt > far;
    }

    /// <summary>
    /// A job that is due later than this runs immediately: the clock was set back, or the interval was shortened. The
    /// skew covers a job that an instance with a faster clock has just finished.
    /// </summary>
    private static DateTimeOffset FarAway(JobKind kind, DateTimeOffset now) => now + kind.Every + Skew;

    private async Task<JobRun?> RunAsync(JobKind kind, bool onlyWhenDue, CancellationToken cancel)
    {
        if (kind.NeedsTrueClock && await brake.LookAsync(cancel) is { } why)
            return onlyWhenDue ? null : await ReportBrakedAsync(kind, why);
        var until = clock.Now() + Lease;
        if (
            !(
                await writer.RunAsync<bool>(
                    "jobs.take",
                    Self,
                    async unit => await TakeAsync(unit, kind, onlyWhenDue, until),
                    CancellationToken.None
                )
            ).Value
        )
            return null;
        var started = clock.Now();
        var (ok, report) = await ExecuteAsync(kind, cancel);
        return await FinishAsync(kind, started, until, ok, report);
    }

    /// <returns>A null report when the process stops; the job then runs again.</returns>
    private async Task<(bool Ok, string? Report)> ExecuteAsync(JobKind kind, CancellationToken cancel)
    {
        // It is stopped a minute before its lease ends: after that, another instance may run it.
        using var limit = new CancellationTokenSource(Lease - TimeSpan.FromMinutes(1), clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            return (true, await kind.Run(stop.Token));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return (true, null);
        }
        catch (JobStoppedException e)
        {
            log.LogError("Job {Job} stopped: {Reason}", kind.Name, e.Message);
            return (false, e.Message);
        }
        catch (StoreBusyException e)
        {
            log.LogWarning("Job {Job} could not write: {Reason}", kind.Name, e.Message);
            return (false, "The store was busy; it runs again when it is due.");
        }
        catch (Exception e) when (failures.IsOurs(e))
        {
            failures.Log("Read", "job " + kind.Name, e);
            return (false, "The database did not answer; it runs again when it is due.");
        }
        catch (Exception e)
        {
            log.LogError(e, "Job {Job} failed", kind.Name);
            return (false, "Failed: " + e.GetType().Name + ". The log has the details.");
        }
    }

    /// <summary>
    /// Reports that the clock brake stopped the job. The job stays due and runs as soon as the brake is released.
    /// </summary>
    private async Task<JobRun> ReportBrakedAsync(JobKind kind, string why)
    {
        var now = clock.Now();
        var report = why + " It waits until the clocks agree for a while, or an operator lifts the clock brake.";
        var sid = Names.NewSid(now);
        var run = new JobRun
        {
            Sid = sid,
            Name = kind.Name,
            StartedAt = now,
            FinishedAt = now,
            Report = report,
        };
        await writer.RunAsync(
            "jobs.report",
            Self,
            unit =>
            {
                unit.Db.JobRuns.Add(run);
                return Task.CompletedTask;
            },
            CancellationToken.None
        );
        return run;
    }

    /// <summary>
    /// Reports a run and releases the lease. A run that a shutdown cut short is due again immediately.
    /// </summary>
    private async Task<JobRun?> FinishAsync(
        JobKind kind,
        DateTimeOffset started,
        DateTimeOffset until,
        bool ok,
        string? report
    )
    {
        var run = new JobRun
        {
            Sid = Names.NewSid(clock.Now()),
            Name = kind.Name,
            StartedAt = started,
            FinishedAt = clock.Now(),
            Ok = ok,
            Report = report ?? "Stopped with the server; it runs again.",
        };
        await writer.RunAsync(
            "jobs.report",
            Self,
            async unit =>
            {
                unit.Db.JobRuns.Add(run);
                var row = await unit.Db.Jobs.SingleAsync(j => j.Name == kind.Name);
                if (row.LeaseUntil != until)
                    return;
                row.LeaseUntil = null;
                if (report is null)
                    return;
                (row.LastStartedAt, row.LastFinishedAt, row.LastOk, row.LastReport) = (
                    started,
                    run.FinishedAt,
                    ok,
                    report
                );
                row.NextDueAt = run.FinishedAt + kind.Every;
            },
            CancellationToken.None
        );
        return run;
    }

    /// <summary>
    /// Leases a job to this instance. Other instances find the same job due, so the UPDATE repeats the condition.
    /// </summary>
    /// <returns>False when another instance runs it or, with <paramref name="onlyWhenDue"/>, has just run it.</returns>
    internal static async Task<bool> TakeAsync(Unit unit, JobKind kind, bool onlyWhenDue, DateTimeOffset until)
    {
        await unit.Db.Database.ExecuteSqlRawAsync(
            "INSERT INTO jobs (name, next_due_at, last_ok) VALUES ({0}, {1}, true) ON CONFLICT (name) DO NOTHING",
            kind.Name,
            Instants.ToMicros(unit.Now)
        );
        var far = FarAway(kind, unit.Now);
        return await unit
                .Db.Jobs.Where(j =>
                    j.Name == kind.Name
                    && (j.LeaseUntil == null || j.LeaseUntil < unit.Now)
                    && (!onlyWhenDue || j.NextDueAt <= unit.Now || j.NextDueAt > far)
                )
                .ExecuteUpdateAsync(set => set.SetProperty(j => j.LeaseUntil, (DateTimeOffset?)until)) == 1;
    }
}

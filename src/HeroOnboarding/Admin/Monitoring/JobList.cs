using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary>A job as the list shows it.</summary>
/// <param name="LastOk">Null before the first run.</param>
public sealed record JobEntry(
    string Name,
    string Purpose,
    long EverySeconds,
    DateTimeOffset? LastStartedAt,
    DateTimeOffset? LastFinishedAt,
    bool? LastOk,
    string? LastReport,
    DateTimeOffset? NextDueAt,
    bool Late,
    bool Running
)
{
    public TimeSpan Every => TimeSpan.FromSeconds(EverySeconds);
}

/// <summary>All jobs of this release with their last run, and the reports of runs, newest first.</summary>
internal static class JobList
{
    public static readonly ListOf<JobRun> Reports = new(
        "/admin/jobs",
        [("at", nameof(JobRun.Sid))],
        new Dictionary<string, string[]?> { ["name"] = null },
        FindReportsAsync
    )
    {
        IsSearched = false,
    };

    public static async Task<PageOf<JobEntry>> FindAsync(
        OnboardingDb db,
        JobRunner jobs,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var rows = await db.Jobs.ToDictionaryAsync(j => j.Name, cancel);
        var isBraked = await ClockBrake.ReadAsync(db, cancel) is not null;
        return new([.. jobs.Kinds.Select(k => Of(k, rows.GetValueOrDefault(k.Name), now, isBraked))], null);
    }

    private static JobEntry Of(JobKind kind, JobRow? row, DateTimeOffset now, bool isBraked) =>
        new(
            kind.Name,
            kind.Purpose,
            (long)kind.Every.TotalSeconds,
            row?.LastStartedAt,
            row?.LastFinishedAt,
            row?.LastFinishedAt is null ? null : row.LastOk,
            row?.LastReport,
            row?.NextDueAt,
            JobRunner.IsLate(kind, row, now, isBraked),
            row?.LeaseUntil >= now
        );

    private static Task<Outcome<PageOf<JobRun>>> FindReportsAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    ) =>
        Keyset.PageAsync<JobRun>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => asked.Filter("name") is { } name ? rows.Where(r => r.Name == name) : rows,
            cancel
        );
}

/// <summary>Runs a job immediately, regardless of its schedule.</summary>
public sealed class RunJob(JobRunner jobs, UnitOfWorkRunner writer)
{
    /// <summary>The report of the run.</summary>
    public sealed record Report(string Name, bool Ok, string Text, DateTimeOffset StartedAt, DateTimeOffset FinishedAt);

    public async Task<Outcome<Report>> RunAsync(Actor actor, string? name, CancellationToken cancel = default)
    {
        if (jobs.Kinds.All(k => k.Name != name))
            return WorkRefusals.JobUnknown;
        // The request is audited before the run; the changes of the job have their own audit rows.
        var asked = await writer.RunAsync<bool>(
            "job.run",
            actor,
            async unit =>
            {
                unit.Note(name);
                return await unit.Db.Jobs.AnyAsync(j => j.Name == name && j.LeaseUntil >= unit.Now)
                    ? WorkRefusals.JobRunning
                    : true;
            },
            cancel
        );
        if (asked.IsRefused)
            return asked.Refusal;
        return await jobs.RunAsync(name!, cancel) is { } run
            ? new Report(run.Name, run.Ok, run.Report, run.StartedAt, run.FinishedAt)
            : WorkRefusals.JobRunning;
    }

    public static async Task<IResult> AnswerAsync(HttpContext http, Request<RunJobRequest> request, RunJob run)
    {
        // Not cancelled with the request: the run continues when the browser disconnects.
        var outcome = await run.RunAsync(http.Actor(), request.Body.Name, CancellationToken.None);
        return request.Answer(outcome, JobList.Reports.Path, v => ("ran", v.Name));
    }
}

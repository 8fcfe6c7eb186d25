using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Monitoring;

/// <summary><c>/admin/jobs</c></summary>
public sealed class JobsModel(Database database, TimeProvider clock, JobRunner jobs)
    : ListPage<JobRun>(JobList.Reports, database, clock)
{
    private const int MostAlarms = 20;

    public IReadOnlyList<JobEntry> Jobs { get; private set; } = [];

    /// <summary>Open alarms first, then the latest cleared ones.</summary>
    public IReadOnlyList<AlarmRow> Alarms { get; private set; } = [];

    /// <summary>Why jobs that charge or destroy are paused; null when they are not.</summary>
    public BrakeState? Brake { get; private set; }

    protected override async Task LoadAsync(OnboardingDb db, CancellationToken cancel)
    {
        Brake = await ClockBrake.ReadAsync(db, cancel);
        Jobs = (await JobList.FindAsync(db, jobs, Now, cancel)).Rows;
        Alarms = await db
            .Alarms.OrderBy(a => a.ClearedAt != null)
            .ThenByDescending(a => a.Sid)
            .Take(MostAlarms)
            .ToListAsync(cancel);
    }
}

using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>A condition that operators must see.</summary>
/// <param name="Key">Stable for as long as the condition lasts: the alarm is raised once per key, not at every run
/// of the job.</param>
/// <param name="Text">A sentence for operators.</param>
public sealed record AlarmCondition(string Key, string Text);

/// <summary>
/// Finds the conditions of one feature that are wrong at <paramref name="now"/>; an empty list when all is well.
/// </summary>
public delegate Task<IReadOnlyList<AlarmCondition>> FindAlarmConditions(
    OnboardingDb db,
    DateTimeOffset now,
    CancellationToken cancel
);

/// <summary>A feature's check for alarm conditions; see <c>AddTroubles</c>.</summary>
public sealed record AlarmSource(FindAlarmConditions FindAsync);

/// <summary>
/// The job <c>alarms.watch</c>: compares the conditions found with the open alarms. A new condition raises one alarm; a
/// condition that is gone clears it.
/// </summary>
internal sealed class WatchAlarms(
    Database database,
    UnitOfWorkRunner writer,
    IEnumerable<AlarmSource> sources,
    TimeProvider clock,
    ILogger<WatchAlarms> log
) : IJob
{
    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        var troubles = new SortedDictionary<string, string>(StringComparer.Ordinal);
        List<string> open;
        await using (var db = database.Read())
        {
            foreach (var source in sources)
            foreach (var trouble in await source.FindAsync(db, now, cancel))
                troubles[trouble.Key] = trouble.Text;
            open = await db.Alarms.Where(a => a.ClearedAt == null).Select(a => a.Key).ToListAsync(cancel);
        }
        var raised = troubles.Where(t => !open.Contains(t.Key)).ToList();
        var cleared = open.Where(key => !troubles.ContainsKey(key)).Order(StringComparer.Ordinal).ToList();
        if (raised.Count + cleared.Count > 0)
            await ChangeAsync(raised, cleared);
        foreach (var (key, text) in raised)
            log.LogError("Alarm {Key}: {Text}", key, text);
        foreach (var key in cleared)
            log.LogInformation("Alarm {Key} is over", key);
        return $"{troubles.Count} open; {raised.Count} raised, {cleared.Count} cleared.";
    }

    private Task ChangeAsync(List<KeyValuePair<string, string>> raised, List<string> cleared) =>
        writer.RunAsync(
            "alarms.change",
            SystemActors.Jobs,
            async unit =>
            {
                DateTimeOffset? now = unit.Now;
                await unit
                    .Db.Alarms.Where(a => a.ClearedAt == null && cleared.Contains(a.Key))
                    .ExecuteUpdateAsync(set => set.SetProperty(a => a.ClearedAt, now));
                unit.Db.Alarms.AddRange(
                    raised.Select(t => new AlarmRow
                    {
                        Sid = unit.NewSid(),
                        Key = t.Key,
                        Text = Names.Cut(t.Value, 500),
                        RaisedAt = unit.Now,
                    })
                );
                unit.Note("alarms", new { raised = raised.Select(t => t.Key), cleared });
            },
            CancellationToken.None
        );
}

/// <summary>Alarm conditions: jobs that failed or did not run when they were due.</summary>
internal static class LateJobs
{
    public static async Task<IReadOnlyList<AlarmCondition>> FindAsync(
        OnboardingDb db,
        JobRunner jobs,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var rows = await db.Jobs.ToDictionaryAsync(j => j.Name, cancel);
        var isBraked = await ClockBrake.ReadAsync(db, cancel) is not null;
        return
        [
            .. jobs
                .Kinds.Where(k => JobRunner.IsLate(k, rows.GetValueOrDefault(k.Name), now, isBraked))
                .Select(k => new AlarmCondition("job.late:" + k.Name, $"The job {k.Name} should have run already.")),
            .. jobs
                .Kinds.Where(k => rows.GetValueOrDefault(k.Name) is { LastFinishedAt: not null, LastOk: false })
                .Select(k => new AlarmCondition(
                    "job.failed:" + k.Name,
                    $"The job {k.Name} failed: {rows[k.Name].LastReport}"
                )),
        ];
    }
}

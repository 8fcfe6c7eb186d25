using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>Something that is wrong now.</summary>
/// <param name="Key">Stable, so that it is said once and not every minute.</param>
public sealed record AlarmCondition(string Key, string Text);

/// <summary>What is wrong with one part of the house at this instant.</summary>
public delegate Task<IReadOnlyList<AlarmCondition>> FindAlarmConditions(
    OnboardingDb db,
    DateTimeOffset now,
    CancellationToken cancel
);

/// <summary>A part of the house that says what is wrong with it.</summary>
public sealed record AlarmSource(FindAlarmConditions FindAsync);

/// <summary>Compares what is wrong with what was said before: an alarm is raised once, and cleared once.</summary>
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

/// <summary>Jobs that failed or did not run when they should have.</summary>
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

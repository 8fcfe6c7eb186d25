namespace HeroOnboarding.Store;

/// <summary>
/// Whether the store takes changes, judged by the changes of this instance. A full disk or a read-only database does
/// not end readiness: pages and cockpit links still work. It raises an alarm, shows a sentence on every page, and is
/// part of <c>/health</c>.
/// </summary>
public sealed class WriteHealth(TimeProvider clock, ILogger<WriteHealth> log)
{
    internal const string AlarmKey = "store.writes";

    /// <summary>
    /// How long no change may have failed before a saved change ends the trouble: on a full disk small changes may
    /// still find room.
    /// </summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the alarm condition is reported after the trouble ended. The alarm's row itself needs a change that is
    /// saved, and <c>alarms.watch</c> runs every minute.
    /// </summary>
    private static readonly TimeSpan ReportedFor = TimeSpan.FromMinutes(2);

    private readonly Lock gate = new();
    private volatile Failure? current;
    private Failure? latest;

    /// <summary>Why changes cannot be saved; null while they can.</summary>
    public StoreCause? Trouble => current?.Cause;

    /// <summary>The same as a sentence for operators; null while changes are saved.</summary>
    internal string? Sentence => current is { } failure ? TextOf(failure.Cause) : null;

    /// <summary>
    /// Reports a change that could not be saved. Only <see cref="StoreTrouble.NotWritable"/> counts: a store that
    /// cannot be read makes the instance not ready, and a busy one works.
    /// </summary>
    internal void Failed(StoreCause cause)
    {
        if (cause.Trouble != StoreTrouble.NotWritable)
            return;
        lock (gate)
        {
            var began = current is null;
            current = latest = new(cause, clock.Now());
            if (began)
                log.LogError("Alarm {Key}: {Text}", AlarmKey, TextOf(cause));
        }
    }

    /// <summary>A change was saved.</summary>
    internal void Succeeded()
    {
        if (current is null)
            return;
        lock (gate)
        {
            if (current is null || clock.Now() - current.At < Quiet)
                return;
            current = null;
            log.LogInformation("Alarm {Key} is over: changes are saved again", AlarmKey);
        }
    }

    /// <summary>
    /// The alarm condition: what is wrong at this instant, or was shortly before, when its row could not be written.
    /// </summary>
    internal IReadOnlyList<AlarmCondition> Find(DateTimeOffset now)
    {
        lock (gate)
            return latest is not null && (current is not null || now - latest.At < ReportedFor)
                ? [new(AlarmKey, TextOf(latest.Cause))]
                : [];
    }

    private static string TextOf(StoreCause cause) =>
        $"Changes cannot be saved: {cause.Code}, {cause.Text}. Pages can be read.";

    private sealed record Failure(StoreCause Cause, DateTimeOffset At);
}

namespace HeroOnboarding.Store;

/// <summary>
/// Whether the store takes changes, by what the changes of this instance met. A full disk or a read-only database does
/// not end readiness: pages and cockpit links go on. It is an alarm, a sentence on every page, and a part of
/// <c>/health</c>.
/// </summary>
public sealed class WriteHealth(TimeProvider clock, ILogger<WriteHealth> log)
{
    internal const string AlarmKey = "store.writes";

    /// <summary>A change that is saved ends the trouble only after this time without a failure: on a full disk small
    /// changes may still find room.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    /// <summary>The alarm's row needs a change that is saved, so it is written afterwards; <c>alarms.watch</c> runs
    /// every minute.</summary>
    private static readonly TimeSpan Told = TimeSpan.FromMinutes(2);

    private readonly Lock gate = new();
    private volatile Failure? current;
    private Failure? latest;

    /// <summary>Why changes cannot be saved; null while they can.</summary>
    public StoreCause? Trouble => current?.Cause;

    /// <summary>The same as a sentence for operators; null while changes are saved.</summary>
    internal string? Sentence => current is { } failure ? TextOf(failure.Cause) : null;

    /// <summary>A change could not be saved. Only a store that takes no changes counts: one that cannot be read either
    /// is not ready, and one that is busy works.</summary>
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

    /// <summary>For the table of alarms: what is wrong now, or was a moment ago, when its row could not be
    /// written.</summary>
    internal IReadOnlyList<AlarmCondition> Find(DateTimeOffset now)
    {
        lock (gate)
            return latest is not null && (current is not null || now - latest.At < Told)
                ? [new(AlarmKey, TextOf(latest.Cause))]
                : [];
    }

    private static string TextOf(StoreCause cause) =>
        $"Changes cannot be saved: {cause.Code}, {cause.Text}. Pages can be read.";

    private sealed record Failure(StoreCause Cause, DateTimeOffset At);
}

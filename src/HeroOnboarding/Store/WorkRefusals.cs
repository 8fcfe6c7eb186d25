namespace HeroOnboarding.Store;

/// <summary>The refusals of jobs and the outbox.</summary>
public static class WorkRefusals
{
    public static readonly Refusal JobUnknown = new(
        "job.unknown",
        404,
        "There is no such job.",
        "The jobs page lists them."
    );
    public static readonly Refusal JobRunning = new(
        "job.running",
        409,
        "This job is running already.",
        "Wait until it has finished."
    );
    public static readonly Refusal ClockNotInDoubt = new(
        "clock.not_in_doubt",
        409,
        "The clock is not in doubt.",
        "No job waits for it; nothing was changed."
    );
    public static readonly Refusal OutboxUnknown = new(
        "outbox.unknown",
        404,
        "There is no such outbox entry waiting.",
        "Reload the outbox page; it may have been delivered."
    );
}

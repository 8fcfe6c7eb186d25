namespace HeroOnboarding.Store;

/// <summary>
/// Logs why reads and writes of the store fail: at most one line per kind of work, cause and second, with the number of
/// failures. Neither values nor the database's own messages are logged, since those quote values.
/// </summary>
public sealed class StoreFailures(Database database, LogThrottle throttle, ILogger<StoreFailures> log)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>True when the failure is the database's and not a mistake in the portal: 503 instead of 500.</summary>
    public bool IsOurs(Exception error) => error is StoreBusyException || database.IsUnavailable(error);

    /// <param name="what">"Write", "Read" or another kind of work; one of a few fixed texts.</param>
    /// <param name="where">The act or route of the failure that gets the line.</param>
    public StoreCause Log(string what, string where, Exception error)
    {
        var cause = CauseOf(error);
        if (throttle.Take($"store {what} {cause.Code}", Second) is > 0 and var count)
            log.Log(
                cause.Trouble == StoreTrouble.Busy ? LogLevel.Warning : LogLevel.Error,
                "{What} failed, {Count} since the last such line, this one in {Where}: {Code}, {Cause}",
                what,
                count,
                where,
                cause.Code,
                cause.Text
            );
        return cause;
    }

    /// <summary>The cause of a failure for which <see cref="IsOurs"/> holds.</summary>
    public StoreCause CauseOf(Exception error) =>
        database.CauseOf(error)
        ?? (
            error is StoreBusyException busy
                ? StoreCause.OfStore(busy)
                : new(error.GetType().Name, "the database did not answer", StoreTrouble.Unreachable)
        );
}

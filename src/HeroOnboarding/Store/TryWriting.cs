using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>How a change fared that was tried for <c>/health</c>.</summary>
public enum WriteState
{
    Ok,
    Busy,
    Failing,
}

/// <summary>Saves a real change, at most one a second however often <c>/health</c> is asked; those who ask meanwhile
/// get the same answer.</summary>
internal sealed class TryWriting(
    UnitOfWorkRunner writer,
    WriteHealth health,
    StoreFailures failures,
    TimeProvider clock
) : IDisposable
{
    private static readonly TimeSpan Known = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim one = new(1, 1);
    private (DateTimeOffset At, WriteState State)? last;

    public async Task<WriteState> RunAsync(CancellationToken cancel)
    {
        await one.WaitAsync(cancel);
        try
        {
            var now = clock.Now();
            if (last is not { } known || now < known.At || now - known.At >= Known)
                last = (now, await TryAsync());
            // A change that happened to find room does not end the trouble that others met a moment ago.
            return health.Trouble is null ? last.Value.State : WriteState.Failing;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private async Task<WriteState> TryAsync()
    {
        try
        {
            await writer
                .RunAsync(
                    "health.write",
                    SystemActors.Health,
                    unit =>
                        unit.Db.Database.ExecuteSqlRawAsync(
                            "INSERT INTO meta (key, value) VALUES ('health.write', {0}) ON CONFLICT (key) DO UPDATE "
                                + "SET "
                                + "value = excluded.value",
                            Instants.ToMicros(unit.Now).ToString(CultureInfo.InvariantCulture)
                        )
                )
                .WaitAsync(Patience);
            return WriteState.Ok;
        }
        catch (StoreBusyException e)
        {
            return failures.CauseOf(e).Trouble == StoreTrouble.Busy ? WriteState.Busy : WriteState.Failing;
        }
        catch (TimeoutException)
        {
            return WriteState.Failing;
        }
    }
}

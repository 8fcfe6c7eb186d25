using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>The result of the test write of <c>/health</c>.</summary>
public enum WriteState
{
    Ok,
    Busy,
    Failing,
}

/// <summary>
/// Saves a real change for <c>/health</c>, at most once a second; concurrent requests get the same answer.
/// </summary>
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
            // One change that found room does not end the trouble: other changes failed a moment ago.
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

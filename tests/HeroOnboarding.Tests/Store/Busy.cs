using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Units that hold every place in the commit queue until they are ended.</summary>
internal sealed class Busy
{
    private static readonly Actor Tester = new("operator", "tester");

    private readonly TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task[] units = [];

    public static async Task<Busy> StartAsync(Portal portal)
    {
        var busy = new Busy();
        // SQLite runs one unit at a time, PostgreSQL as many as there are connections for units.
        var turns = portal.Db == Db.Sqlite ? 1 : 24;
        var started = Enumerable
            .Range(0, turns)
            .Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .ToArray();
        busy.units =
        [
            .. started.Select(mine =>
                portal.Units.RunAsync(
                    "test.busy",
                    Tester,
                    async _ =>
                    {
                        mine.SetResult();
                        await busy.end.Task;
                    }
                )
            ),
        ];
        await Task.WhenAll(started.Select(s => s.Task)).WaitAsync(Hanging.Limit);
        return busy;
    }

    public void End() => end.SetResult();

    public Task AllEndedAsync() => Task.WhenAll(units).WaitAsync(Hanging.Limit);
}

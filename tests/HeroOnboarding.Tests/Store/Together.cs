using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Runs units that wait in the queue together.</summary>
internal static class Together
{
    /// <summary>
    /// Starts a unit that holds the commit queue until all <paramref name="units"/> wait. They then share its group.
    /// </summary>
    public static async Task<Task<Outcome<int>>[]> TogetherAsync(
        this Portal portal,
        IEnumerable<Func<Unit, Task<Outcome<int>>>> units
    )
    {
        var (started, go) = (
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        var actor = new Actor("operator", "tester");
        // A group may stay open for long here, so that a slow machine takes in all that wait.
        ((SqliteGroupCommit)portal.Database.Commits).Longest = TimeSpan.FromMinutes(1);
        var holding = portal.Units.RunAsync(
            "pool.stage",
            actor,
            async _ =>
            {
                started.SetResult();
                await go.Task;
            }
        );
        await started.Task.WaitAsync(Hanging.Limit);
        Task<Outcome<int>>[] waiting = [.. units.Select(u => portal.Units.RunAsync("test.member", actor, u))];
        go.SetResult();
        await Record.ExceptionAsync(() => holding);
        await Record.ExceptionAsync(() => Task.WhenAll(waiting).WaitAsync(Hanging.Limit));
        return waiting;
    }
}

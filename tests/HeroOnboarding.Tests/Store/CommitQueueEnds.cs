using HeroOnboarding.Store;
using HeroOnboarding.Store.Sqlite;
using HeroOnboarding.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// SQLite: when the loop of the commit queue ends, callers get 503, health reports it and the process ends.
/// </summary>
public sealed class CommitQueueEnds
{
    private static readonly Actor Tester = new("operator", "tester");

    [Fact]
    public async Task Everybody_is_answered_liveness_fails_and_the_process_ends_with_a_reason()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var ending = new TaskCompletionSource();
        portal.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ending.SetResult);
        await ExpectAsync(portal, 200);
        Assert.Equal((0, ""), Exit(portal));
        Assert.False(ending.Task.IsCompleted);

        var lane = (SqliteGroupCommit)portal.Database.Commits;
        (lane.Longest, lane.Changed) = (TimeSpan.Zero, _ => throw new InvalidTimeZoneException("a bug"));
        var busy = await Busy.StartAsync(portal);
        var waiting = Enumerable
            .Range(0, 3)
            .Select(_ => portal.Units.RunAsync("test.wait", Tester, _ => Task.CompletedTask))
            .ToList();
        busy.End();
        await busy.AllEndedAsync();
        foreach (var unit in waiting)
            await Assert.ThrowsAsync<StoreBusyException>(() => unit.WaitAsync(Hanging.Limit));
        (await asha.AllocateAsync().WaitAsync(Hanging.Limit)).ExpectRefusal(Refusals.StoreBusy);
        await ending.Task.WaitAsync(Hanging.Limit);
        await ExpectAsync(portal, 503);
        var says = "The portal ended because it could not write any more (a bug). Start it again.\n";
        Assert.Equal((1, says), Exit(portal));
        var line = Assert.Single(portal.Log.Lines, l => l.StartsWith("Critical", StringComparison.Ordinal));
        Assert.Contains(nameof(InvalidTimeZoneException), line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_cannot_even_be_closed_does_not_end_the_loop()
    {
        var folder = Directory.CreateTempSubdirectory("hero-lane-").FullName;
        var checkpoints = new Checkpoints(() => OpenAsync(folder));
        var lane = new SqliteGroupCommit(() => OpenAsync(folder), () => throw new NotSupportedException(), checkpoints);
        await lane.RunAsync(new Sql("CREATE TABLE t (x)"), CancellationToken.None);
        var rolledBack = lane.RunAsync(new Sql("ROLLBACK"), CancellationToken.None).WaitAsync(Hanging.Limit);
        await Assert.ThrowsAsync<StoreBusyException>(() => rolledBack);
        await lane.RunAsync(new Sql("INSERT INTO t VALUES (1)"), CancellationToken.None).WaitAsync(Hanging.Limit);
        Assert.False(lane.Broken.IsCompleted);
        await lane.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task ExpectAsync(Portal portal, int status)
    {
        foreach (var path in new[] { "/health", "/health/live", "/health/ready" })
            (await portal.Browser().SendAsync(HttpMethod.Get, path)).Expect(status);
    }

    private static (int Code, string Says) Exit(Portal portal)
    {
        using var errors = new StringWriter { NewLine = "\n" };
        return (EndWithCommitQueue.ExitCode(portal.Database, errors), errors.ToString());
    }

    private static async Task<SqliteConnection> OpenAsync(string folder)
    {
        var connection = new Stubborn($"Data Source={folder}/lane.sqlite;Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private sealed class Stubborn(string text) : SqliteConnection(text)
    {
        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            throw new InvalidTimeZoneException();
        }
    }

    private sealed class Sql(string sql) : QueuedUnit
    {
        public override async Task<bool> WorkAsync(WriteScope scope)
        {
            await scope.Statements.RunAsync(sql);
            return true;
        }

        public override void Committed() { }
    }
}

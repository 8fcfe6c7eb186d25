using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Web;

public sealed class ABusyStore
{
    [Theory, BothDatabases]
    public async Task A_full_queue_of_writers_is_503_with_a_time_to_try_again(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var gate = new TaskCompletionSource();
        // SQLite runs one unit at a time and PostgreSQL a few; the rest fill the queue.
        var waiting = new List<Task>();
        for (var i = 0; i < 1100; i++)
            waiting.Add(IgnoreBusyAsync(portal.Writer.RunAsync("rates.hit", Actor.System("test"), _ => gate.Task)));
        var busy = await asha.AllocateAsync();
        busy.ExpectRefusal(Refusals.StoreBusy);
        Assert.NotNull(busy.Response.Headers.RetryAfter);
        // Reading does not wait for writers.
        (await portal.Browser().OpenAsync("/health/ready")).Expect(200);
        gate.SetResult();
        await Task.WhenAll(waiting);
        (await asha.AllocateAsync()).Expect(201);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_503_for_reading_and_writing_and_not_ready()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var url = await portal.ReadAsync(d => Task.FromResult(d.Database.GetConnectionString()!));
        await (await PostgresServer.SharedAsync()).DropDatabaseAsync(url);
        var reply = (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreBusy);
        Assert.NotNull(reply.Response.Headers.RetryAfter);
        Assert.DoesNotContain("npgsql", reply.Body, StringComparison.OrdinalIgnoreCase);
        (await portal.RefreshPoolAsync(Portal.Machines(2))).ExpectRefusal(Refusals.StoreBusy);
        (await portal.Browser().OpenAsync("/health/ready")).Expect(503);
        (await portal.Browser().OpenAsync("/health/live")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task A_commit_that_fails_is_503_and_nobody_is_told_that_it_worked(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var before = await portal.FactsAsync();
        portal.Crash.Hook = (point, act) => { if (point == "before commit" && act == "vm.allocate") throw new StoreBusyException("The database did not confirm the change."); };
        (await asha.AllocateAsync("key")).ExpectRefusal(Refusals.StoreBusy);
        Assert.Equal(before, await portal.FactsAsync());
        portal.Crash.Hook = null;
        (await asha.AllocateAsync("key")).Expect(201);
    }

    private static async Task IgnoreBusyAsync(Task unit)
    {
        try { await unit; }
        catch (StoreBusyException) { /* the queue was full for this one as well */ }
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Web;

public sealed class BusyStore
{
    [Fact]
    public async Task A_database_that_is_gone_is_503_for_reading_and_writing_and_not_ready()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var url = await portal.ReadAsync(d => Task.FromResult(d.Database.GetConnectionString()!));
        await (await PostgresServer.SharedAsync()).DropDatabaseAsync(url).WaitAsync(Hanging.Limit);
        var reply = (await asha.AllocateAsync().WaitAsync(Hanging.Limit)).ExpectRefusal(Refusals.StoreUnreachable);
        Assert.NotNull(reply.Response.Headers.RetryAfter);
        Assert.DoesNotContain("npgsql", reply.Body, StringComparison.OrdinalIgnoreCase);
        (await portal.RefreshPoolAsync(Portal.Machines(2)).WaitAsync(Hanging.Limit)).ExpectRefusal(
            Refusals.StoreUnreachable
        );
        (await portal.Browser().OpenAsync("/health/ready").WaitAsync(Hanging.Limit)).Expect(503);
        (await portal.Browser().OpenAsync("/health/live")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task A_commit_that_fails_is_503_and_nobody_is_told_that_it_worked(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var before = await portal.FactsAsync();
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "vm.allocate")
                throw new StoreBusyException("The database did not confirm the change.");
        };
        (await asha.AllocateAsync("key")).ExpectRefusal(Refusals.StoreBusy);
        Assert.Equal(before, await portal.FactsAsync());
        portal.Crash.Hook = null;
        (await asha.AllocateAsync("key")).Expect(201);
    }
}

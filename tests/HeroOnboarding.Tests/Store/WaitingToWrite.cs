using System.Data.Common;
using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>The commit queue is bounded and skips callers that gave up; readers never wait.</summary>
public sealed class WaitingToWrite
{
    private static readonly Actor Tester = new("operator", "tester");

    [Theory, BothDatabases]
    public async Task A_full_queue_is_answered_503_and_everyone_who_waited_is_served(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var busy = await Busy.StartAsync(portal);
        var waiting = Enumerable
            .Range(0, CommitQueue.Capacity)
            .Select(n => portal.Units.RunAsync("test.wait", Tester, unit => unit.Db.Accounts.CountAsync()))
            .ToList();
        await Assert.ThrowsAsync<StoreBusyException>(() =>
            portal.Units.RunAsync("test.late", Tester, _ => Task.CompletedTask).WaitAsync(Hanging.Limit)
        );
        var reply = (await asha.AllocateAsync()).ExpectRefusal(Refusals.StoreBusy);
        Assert.True(reply.Response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        busy.End();
        await Task.WhenAll(waiting).WaitAsync(Hanging.Limit);
        await busy.AllEndedAsync();
        Assert.Equal(CommitQueue.Capacity, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "test.wait")));
        Assert.Equal(0, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "test.late")));
        (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
    }

    [Theory, BothDatabases]
    public async Task Who_gives_up_while_waiting_is_skipped(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var busy = await Busy.StartAsync(portal);
        using var patience = new CancellationTokenSource();
        var ran = false;
        var mine = portal.Units.RunAsync(
            "test.mine",
            Tester,
            unit =>
            {
                ran = true;
                return Task.CompletedTask;
            },
            patience.Token
        );
        var next = portal.Units.RunAsync("test.next", Tester, _ => Task.CompletedTask);
        await patience.CancelAsync();
        busy.End();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => mine.WaitAsync(Hanging.Limit));
        await next.WaitAsync(Hanging.Limit);
        await busy.AllEndedAsync();
        Assert.False(ran);
        Assert.Equal(
            ["test.next"],
            await portal.ReadAsync(d =>
                d.Audit.Where(r => r.Act == "test.mine" || r.Act == "test.next").Select(r => r.Act).ToListAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task Once_started_nobody_is_interrupted(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var patience = new CancellationTokenSource();
        await portal.Units.RunAsync(
            "test.mine",
            Tester,
            async unit =>
            {
                await patience.CancelAsync();
                await OneUnitOfWork.ChangeAsync(unit, "a");
            },
            patience.Token
        );
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "a"));
    }

    [Theory, BothDatabases]
    public async Task Readers_do_not_wait_for_a_writer_and_see_the_last_commit(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await portal.Units.RunAsync(
            "test.rename",
            Tester,
            async unit =>
            {
                await unit.Db.Accounts.ExecuteUpdateAsync(set => set.SetProperty(a => a.ForgeLogin, "renamed"));
                Assert.Equal(
                    "asha",
                    await portal
                        .ReadAsync(d => d.Accounts.Select(a => a.ForgeLogin).SingleAsync())
                        .WaitAsync(Hanging.Limit)
                );
                (await portal.Browser().SendAsync(HttpMethod.Get, "/health/ready").WaitAsync(Hanging.Limit)).Expect(
                    200
                );
            }
        );
        Assert.Equal(
            "renamed",
            await portal.ReadAsync(d =>
                d.Accounts.Where(a => a.Sid == asha.Sid).Select(a => a.ForgeLogin).SingleAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task Readers_cannot_write(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.SignUpAsync("asha");
        await using var read = portal.Database.Read();
        foreach (
            var sql in new[]
            {
                "UPDATE accounts SET forge_login = 'changed'",
                "DELETE FROM sessions",
                "INSERT INTO meta (key, value) VALUES ('a', 'b')",
                "CREATE TABLE mine (a int)",
            }
        )
            await Assert.ThrowsAnyAsync<DbException>(() => read.Database.ExecuteSqlRawAsync(sql));
        read.Accounts.Attach(await read.Accounts.SingleAsync()).Entity.ForgeLogin = "changed";
        await Assert.ThrowsAsync<DbUpdateException>(() => read.SaveChangesAsync());
        Assert.Equal("asha", await portal.ReadAsync(d => d.Accounts.Select(a => a.ForgeLogin).SingleAsync()));
    }
}

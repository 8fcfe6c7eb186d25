using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// PostgreSQL ends statements (57014) and idle transactions (25P03) by time-outs that its administrator sets. Callers
/// get 503, and the log shows no error of the portal.
/// </summary>
public sealed class ServerTimeouts
{
    private const string Waiting =
        "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

    private static readonly Actor Tester = new("operator", "tester");

    [Fact]
    public async Task A_change_or_a_read_whose_statement_is_cancelled_is_503()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        await using var other = await portal.ConnectAsync();
        await using (await other.BeginTransactionAsync())
        {
            await other.RunAsync("LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE");
            // The first waits in the read of the session, the second in its unit of work.
            (await CancelledAsync(asha.AllocateAsync())).ExpectRefusal(Refusals.StoreBusy);
            await other.RunAsync("ROLLBACK; BEGIN; LOCK TABLE rates IN ACCESS EXCLUSIVE MODE");
            (await CancelledAsync(asha.AllocateAsync())).ExpectRefusal(Refusals.StoreBusy);
        }
        (await asha.AllocateAsync()).Expect(201);

        async Task<Reply> CancelledAsync(Task<Reply> request)
        {
            await other.WaitForAsync("SELECT count(*) " + Waiting, "1");
            await other.RunAsync("SELECT pg_cancel_backend(pid) " + Waiting);
            return await request;
        }
    }

    [Fact]
    public async Task A_unit_whose_transaction_was_idle_for_too_long_is_503_and_changed_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        await using var other = await portal.ConnectAsync();
        await Assert.ThrowsAsync<StoreBusyException>(() => RunAsync("a", idle: true));
        await OneUnitOfWork.NothingHappenedAsync(portal, "a");
        await RunAsync("a", idle: false);
        Assert.Equal((1, 1), await OneUnitOfWork.FoundAsync(portal, "a"));

        Task RunAsync(string what, bool idle) =>
            portal.Units.RunAsync(
                "test.change",
                Tester,
                async unit =>
                {
                    await OneUnitOfWork.ChangeAsync(unit, what);
                    var pid = await unit.Statements.ReadAsync("SELECT pg_backend_pid()", r => r.GetInt32(0));
                    if (idle)
                    {
                        await unit.Statements.RunAsync("SET LOCAL idle_in_transaction_session_timeout = 1");
                        await other.WaitForAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}", "0");
                    }
                    await unit.Statements.RunAsync("UPDATE meta SET value = value");
                }
            );
    }
}

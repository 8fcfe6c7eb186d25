using System.Diagnostics;
using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Stores;

/// <summary>One unit of work: everything or nothing, with its audit row, and nothing outside.</summary>
public sealed class OneUnitOfWork
{
    private static readonly Actor Tester = new("operator", "tester");

    [Theory, BothDatabases]
    public async Task A_change_its_message_and_its_audit_row_are_one_commit(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var activity = new Activity("request").Start();
        var outcome = await portal.Units.RunAsync<string>(
            "test.change",
            Tester,
            async unit =>
            {
                await ChangeAsync(unit, "a");
                unit.Note("subject-a", new { count = 3 });
                return "done";
            }
        );
        Assert.Equal("done", outcome.Value);
        Assert.Equal((1, 1), await FoundAsync(portal, "a"));
        var audit = await portal.ReadAsync(d => d.Audit.SingleAsync(r => r.Act == "test.change"));
        Assert.Equal(("operator", "tester", "subject-a"), (audit.ActorKind, audit.ActorId, audit.Subject));
        Assert.Equal("""{"count":3}""", audit.Detail);
        Assert.Equal(activity.TraceId.ToString(), audit.TraceId);
        Assert.Equal(portal.Now, audit.At);
    }

    [Theory, BothDatabases]
    public async Task A_refusal_rolls_back_everything(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var outcome = await portal.Units.RunAsync<string>(
            "test.change",
            Tester,
            async unit =>
            {
                await ChangeAsync(unit, "a");
                await unit.Db.SaveChangesAsync();
                return VmRefusals.PoolEmpty;
            }
        );
        Assert.Equal(VmRefusals.PoolEmpty, outcome.Refusal);
        await NothingHappenedAsync(portal, "a");
    }

    [Theory, BothDatabases]
    public async Task An_exception_rolls_back_everything(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() =>
            portal.Units.RunAsync(
                "test.change",
                Tester,
                async unit =>
                {
                    await ChangeAsync(unit, "a");
                    await unit.Db.SaveChangesAsync();
                    throw new InvalidTimeZoneException();
                }
            )
        );
        await NothingHappenedAsync(portal, "a");
        await portal.Units.RunAsync("test.change", Tester, unit => ChangeAsync(unit, "a"));
        Assert.Equal((1, 1), await FoundAsync(portal, "a"));
    }

    [Theory, BothDatabases]
    public async Task A_crash_before_the_commit_leaves_neither_change_nor_audit(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "test.change")
                throw new InvalidTimeZoneException();
        };
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() =>
            portal.Units.RunAsync("test.change", Tester, unit => ChangeAsync(unit, "a"))
        );
        await NothingHappenedAsync(portal, "a");
    }

    [Theory, BothDatabases]
    public async Task Bookkeeping_leaves_no_audit_row(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        foreach (var act in UnitOfWorkRunner.Unaudited)
            await portal.Units.RunAsync(act, Tester, _ => Task.CompletedTask);
        Assert.Equal(0, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.ActorId == "tester")));
        await portal.Units.RunAsync("test.change", Tester, _ => Task.CompletedTask);
        Assert.Equal(1, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.ActorId == "tester")));
    }

    [Theory, BothDatabases]
    public async Task A_unit_inside_a_unit_is_a_mistake_that_undoes_both(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            portal.Units.RunAsync(
                "test.outer",
                Tester,
                async unit =>
                {
                    await ChangeAsync(unit, "a");
                    await portal.Units.RunAsync("test.inner", Tester, inner => ChangeAsync(inner, "b"));
                }
            )
        );
        Assert.Contains("test.inner", error.Message, StringComparison.Ordinal);
        await NothingHappenedAsync(portal, "a");
        await NothingHappenedAsync(portal, "b");
    }

    [Theory, BothDatabases]
    public async Task There_is_a_current_unit_inside_one_and_only_there(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        Assert.Throws<InvalidOperationException>(() => Unit.Current);
        await portal.Units.RunAsync(
            "test.change",
            Tester,
            async unit =>
            {
                Assert.Same(unit, Unit.Current);
                await unit.Db.Accounts.CountAsync();
                Assert.Same(unit, Unit.Current);
            }
        );
        Assert.False(Unit.IsRunning);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() =>
            portal.Units.RunAsync("test.change", Tester, _ => throw new InvalidTimeZoneException())
        );
        Assert.False(Unit.IsRunning);
        Assert.Throws<InvalidOperationException>(() => Unit.Current);
    }

    [Theory, BothDatabases]
    public async Task Nothing_calls_out_while_a_unit_runs(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        using var client = portal.Services.GetRequiredService<Outgoing>().Client();
        await portal.Units.RunAsync(
            "test.change",
            Tester,
            async _ =>
            {
                var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
                    client.GetAsync(new Uri("http://127.0.0.1:9/"))
                );
                Assert.Contains("inside a unit", error.Message, StringComparison.Ordinal);
            }
        );
        Assert.Empty(portal.Wire.Unexpected);
    }

    internal static async Task ChangeAsync(Unit unit, string key)
    {
        await unit.Db.Database.ExecuteSqlRawAsync("INSERT INTO meta (key, value) VALUES ({0}, '1')", "test." + key);
        unit.Send("test.message", key, new { key });
    }

    /// <summary>Changes and messages under this key.</summary>
    internal static async Task<(int Changes, int Messages)> FoundAsync(Portal portal, string key) =>
        (
            await portal.ReadAsync(d => d.Meta.CountAsync(m => m.Key == "test." + key)),
            await portal.ReadAsync(d => d.Outbox.CountAsync(r => r.Key == key))
        );

    internal static async Task NothingHappenedAsync(Portal portal, string key)
    {
        Assert.Equal((0, 0), await FoundAsync(portal, key));
        Assert.Equal(0, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act.StartsWith("test."))));
    }
}

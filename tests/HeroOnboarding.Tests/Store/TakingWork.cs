using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// Several runners find the same work by a read. The statement that takes it, or puts it back, must refuse on its own
/// what has changed since.
/// </summary>
public sealed class TakingWork
{
    private const string Kind = "test.kind";
    private static readonly Actor Self = Actor.System("test");

    [Theory, BothDatabases]
    public async Task A_courier_takes_nothing_that_is_done_stuck_not_due_or_leased(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (couriers, sid, now) = (
            portal.Services.GetRequiredService<OutboxRunner>(),
            await SendAsync(portal),
            Instants.ToMicros(portal.Now)
        );
        foreach (var change in new[] { "done_at = {0}", "stuck = true", "due_at = {0} + 1", "lease_until = {0}" })
        {
            await portal.AcceptsAsync("UPDATE outbox SET " + change, now);
            Assert.True(await couriers.TakeAsync(sid) is null, change);
            await portal.AcceptsAsync(
                "UPDATE outbox SET done_at = NULL, stuck = false, due_at = {0}, lease_until = {0} - 1",
                now
            );
        }
        Assert.Equal(1, (await couriers.TakeAsync(sid))?.Attempts);
        Assert.Null(await couriers.TakeAsync(sid));
        portal.Clock.Advance(OutboxRunner.Lease + Moment);
        Assert.Equal(2, (await couriers.TakeAsync(sid))?.Attempts);
    }

    [Theory, BothDatabases]
    public async Task A_courier_that_was_too_slow_does_not_put_back_what_another_one_has_delivered(Db db)
    {
        Portal? started = null;
        var slow = true;
        await using var portal = await Portal.StartAsync(
            db,
            adjust: services =>
                services.AddSingleton(
                    new OutboxKind(
                        Kind,
                        async (_, _) =>
                        {
                            if (slow)
                                await started!.AcceptsAsync("UPDATE outbox SET done_at = 1");
                            return new Delivery.Later("No answer.");
                        }
                    )
                )
        );
        started = portal;
        await SendAsync(portal);
        await portal.DeliverAsync();
        var row = await portal.ReadAsync(d => d.Outbox.SingleAsync());
        Assert.Equal((1L, null), (Instants.ToMicros(row.DoneAt!.Value), row.LastError));
        slow = false;
        await portal.AcceptsAsync("UPDATE outbox SET done_at = NULL, lease_until = NULL");
        await portal.DeliverAsync();
        row = await portal.ReadAsync(d => d.Outbox.SingleAsync());
        Assert.Equal((null, "No answer."), (row.DoneAt, row.LastError));
        Assert.True(row.DueAt > portal.Now);
    }

    [Theory, BothDatabases]
    public async Task An_instance_takes_no_job_that_another_one_runs_or_has_just_run(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var kind = portal.Services.GetRequiredService<JobRunner>().Kinds.Single(k => k.Name == "store.prune");
        var lease = TimeSpan.FromMinutes(10);
        async Task<bool> TakeAsync(bool onlyWhenDue) =>
            (
                await portal.Units.RunAsync<bool>(
                    "jobs.take",
                    Self,
                    async unit => await JobRunner.TakeAsync(unit, kind, onlyWhenDue, portal.Now + lease),
                    CancellationToken.None
                )
            ).Value;
        await portal.RunJobAsync(kind.Name);
        Assert.False(await TakeAsync(onlyWhenDue: true));
        portal.Clock.Advance(kind.Every);
        Assert.True(await TakeAsync(onlyWhenDue: true));
        Assert.False(await TakeAsync(onlyWhenDue: true));
        Assert.False(await TakeAsync(onlyWhenDue: false));
        portal.Clock.Advance(lease);
        Assert.False(await TakeAsync(onlyWhenDue: true));
        portal.Clock.Advance(Moment);
        Assert.True(await TakeAsync(onlyWhenDue: true));
    }

    /// <summary>The smallest step of the store's instants.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMicroseconds(1);

    private static async Task<string> SendAsync(Portal portal)
    {
        await portal.Units.RunAsync(
            "test.seed",
            Self,
            unit =>
            {
                unit.Send(Kind, "key", new { });
                return Task.CompletedTask;
            }
        );
        return await portal.ReadAsync(d => d.Outbox.Select(r => r.Sid).SingleAsync());
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Scheduled jobs run once for each time that they are due, also where clocks differ.</summary>
public sealed class JobsComeRound
{
    [Theory, BothDatabases]
    public async Task Each_runs_once_and_again_after_its_interval(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var jobs = portal.Services.GetRequiredService<JobRunner>();
        Assert.Equal(jobs.Kinds.Count, await jobs.RunDueAsync(CancellationToken.None));
        Assert.Equal(0, await jobs.RunDueAsync(CancellationToken.None));
        portal.Clock.Advance(TimeSpan.FromHours(1));
        var hourly = jobs.Kinds.Count(k => k.Every <= TimeSpan.FromHours(1));
        Assert.InRange(hourly, 1, jobs.Kinds.Count - 1);
        Assert.Equal(hourly, await jobs.RunDueAsync(CancellationToken.None));
    }

    /// <summary>
    /// Another instance, with a clock a little ahead, has just run everything; or it finished while a unit here, which
    /// had begun before, was waiting.
    /// </summary>
    [Theory, BothDatabases]
    public async Task What_an_instance_with_a_clock_ahead_has_just_run_does_not_run_again(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var jobs = portal.Services.GetRequiredService<JobRunner>();
        await jobs.RunDueAsync(CancellationToken.None);
        foreach (
            var behind in new[] { TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(50) }
        )
        {
            portal.Clock.AdjustTime(portal.Now - behind);
            Assert.Equal(0, await jobs.RunDueAsync(CancellationToken.None));
        }
        Assert.Equal(jobs.Kinds.Count, await portal.ReadAsync(d => d.JobRuns.CountAsync()));
    }

    /// <summary>Else nothing would run until the old time comes round.</summary>
    [Theory, BothDatabases]
    public async Task After_the_clock_was_set_back_everything_runs_and_comes_round_from_there(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var jobs = portal.Services.GetRequiredService<JobRunner>();
        await jobs.RunDueAsync(CancellationToken.None);
        portal.Clock.AdjustTime(portal.Now.AddDays(-2));
        Assert.Equal(jobs.Kinds.Count, await jobs.RunDueAsync(CancellationToken.None));
        Assert.Equal(0, await jobs.RunDueAsync(CancellationToken.None));
        var due = await portal.ReadAsync(d => d.Jobs.ToDictionaryAsync(j => j.Name, j => j.NextDueAt));
        Assert.All(jobs.Kinds, k => Assert.Equal(portal.Now + k.Every, due[k.Name]));
    }

    [Theory, BothDatabases]
    public async Task What_is_old_is_removed_and_what_waits_stays(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        await portal.DeliverAsync();
        Assert.NotNull(await portal.RunJobAsync("store.prune"));
        (await asha.AllocateAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMinutes(1));
        (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.SessionRequired);
        await portal.RunJobAsync("store.prune");
        Assert.Equal(
            (2, 2),
            await portal.ReadAsync(async d =>
                (await d.Outbox.CountAsync(), await d.JobRuns.CountAsync(r => r.Name == "store.prune"))
            )
        );
        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.RunJobAsync("store.prune");
        // The notice that nobody has taken and the youngest reports stay.
        Assert.Equal(
            (1, 1, 2),
            await portal.ReadAsync(async d =>
                (
                    await d.Outbox.CountAsync(),
                    await d.Outbox.CountAsync(o => o.DoneAt == null),
                    await d.JobRuns.CountAsync(r => r.Name == "store.prune")
                )
            )
        );
    }

    /// <summary>Its process died: the lease on the row expires.</summary>
    [Theory, BothDatabases]
    public async Task A_job_whose_runner_died_runs_when_its_lease_is_over(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var jobs = portal.Services.GetRequiredService<JobRunner>();
        await jobs.RunDueAsync(CancellationToken.None);
        await portal.Units.RunAsync(
            "test.die",
            Actor.System("test"),
            unit =>
                unit.Db.Jobs.ExecuteUpdateAsync(set =>
                    set.SetProperty(j => j.NextDueAt, unit.Now)
                        .SetProperty(j => j.LeaseUntil, (DateTimeOffset?)unit.Now.AddMinutes(10))
                )
        );
        Assert.Equal(0, await jobs.RunDueAsync(CancellationToken.None));
        Assert.Null(await portal.RunJobAsync("store.prune"));
        portal.Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromMilliseconds(1));
        Assert.Equal(jobs.Kinds.Count, await jobs.RunDueAsync(CancellationToken.None));
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using static HeroOnboarding.Tests.Stores.ClockedPortal;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// What several instances and restarts do to the clock brake. The other instance is played by its rows in <c>meta</c>.
/// </summary>
public sealed class ClockBrakeHolds
{
    private static readonly TimeSpan TwoDays = TimeSpan.FromDays(2);

    [Theory, BothDatabases]
    public async Task Each_disagreement_is_counted_for_other_instances_and_one_line_is_logged(Db db)
    {
        var (portal, set) = await StartAsync(db, elsewhere: true);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = TwoDays;
        await SweepAsync(portal);
        var first = (await BrakeAsync(portal))!;
        await SweepAsync(portal);
        var second = (await BrakeAsync(portal))!;
        Assert.True(second.Beat > first.Beat);
        Assert.Equal(first, second with { Beat = first.Beat });
        Assert.Single(
            portal.Log.Lines,
            l =>
                l.StartsWith("Critical", StringComparison.Ordinal)
                && l.Contains("ALARM: jobs that charge or destroy wait: The clock jumped", StringComparison.Ordinal)
        );
    }

    [Theory, BothDatabases]
    public async Task A_lift_holds_over_a_restart(Db db)
    {
        var (portal, set) = await StartAsync(db, elsewhere: false);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = TimeSpan.FromDays(30);
        await SweepAsync(portal);
        (await portal.AdminPostAsync("/admin/clock-brake-lift", new { reason = "The clocks agree" })).Expect(200);
        await portal.RestartAsync();
        await SweepAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    /// <summary>
    /// A start compares with the newest trusted instant, and no instant is trusted while the brake is on.
    /// </summary>
    [Theory]
    [InlineData(Db.Sqlite, 2, true)]
    [InlineData(Db.Sqlite, 4, false)]
    [InlineData(Db.Postgres, 2, true)]
    [InlineData(Db.Postgres, 4, false)]
    public async Task A_wrong_clock_does_not_become_right_step_by_step(Db db, int days, bool goesOff)
    {
        var (portal, set) = await StartAsync(db, elsewhere: false);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = TwoDays;
        await SweepAsync(portal);
        await AgreeAsync(portal, TimeSpan.FromMinutes(5));
        set.Ahead = TimeSpan.FromDays(days);
        await portal.RestartAsync();
        await SweepAsync(portal);
        await AgreeAsync(portal);
        Assert.Equal(goesOff, await BrakeAsync(portal) is null);
    }

    /// <summary>The ten minutes of one brake do not count for the next.</summary>
    [Theory, BothDatabases]
    public async Task Each_brake_has_ten_minutes_of_its_own(Db db)
    {
        var (portal, set) = await StartAsync(db, elsewhere: true);
        await using var _ = portal;
        await SweepAsync(portal);
        await BrakedElsewhereAsync(portal, beat: 1);
        await SweepAsync(portal);
        // Lifted, and a while later another instance finds that its clock is wrong.
        (await portal.AdminPostAsync("/admin/clock-brake-lift", new { reason = "The clocks agree" })).Expect(200);
        await AgreeAsync(portal);
        await BrakedElsewhereAsync(portal, beat: 1);
        await SweepAsync(portal);
        Assert.NotNull(await BrakeAsync(portal));
        portal.Clock.Advance(ClockBrake.Agreeing);
        // Another instance releases the brake, and this one wakes from a sleep before it has read that.
        await portal.AcceptsAsync("DELETE FROM meta WHERE key = 'clock.brake'");
        (set.Ahead, portal.DatabaseAhead) = (TwoDays, TwoDays);
        await SweepAsync(portal);
        await SweepAsync(portal);
        Assert.NotNull(await BrakeAsync(portal));
        await AgreeAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    [Fact]
    public async Task A_disagreement_that_another_instance_finds_at_this_moment_keeps_it_on()
    {
        var (portal, _) = await StartAsync(Db.Postgres, elsewhere: true);
        await using var started = portal;
        await SweepAsync(portal);
        await BrakedElsewhereAsync(portal, beat: 1);
        await SweepAsync(portal);
        portal.Clock.Advance(ClockBrake.Agreeing);
        await using var other = await portal.ConnectAsync();
        await using var watching = await portal.ConnectAsync();
        await other.RunAsync(
            "BEGIN; UPDATE meta SET value = replace(value, '\"beat\":1', '\"beat\":2') " + "WHERE key = 'clock.brake'"
        );
        var sweep = SweepAsync(portal);
        await watching.WaitForAsync(
            "SELECT count(*) FROM pg_stat_activity "
                + "WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%meta%'",
            "1"
        );
        await other.RunAsync("COMMIT");
        await sweep;
        Assert.Equal(2L, (await BrakeAsync(portal))?.Beat);
        await AgreeAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    /// <summary>The brake of auto-release alone, as an older release left it in the store.</summary>
    [Theory, BothDatabases]
    public async Task The_brake_of_an_older_release_holds_everything_and_goes_off_by_itself(Db db)
    {
        var (portal, _) = await StartAsync(db, elsewhere: true);
        await using var started = portal;
        await portal.AcceptsAsync(
            "INSERT INTO meta (key, value) VALUES ('auto_release.brake', 'The clock went back.')"
        );
        var run = (await portal.RunJobAsync("plans.auto_renew"))!;
        Assert.StartsWith("The clock went back.", run.Report, StringComparison.Ordinal);
        await AgreeAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    /// <summary>Reconciling does not wait for the brake, so it is late with and without it.</summary>
    [Theory, BothDatabases]
    public async Task What_waits_for_it_is_not_late(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.RunJobAsync("credit.reconcile");
        await portal.RunJobAsync("store.prune");
        portal.Clock.Advance(TimeSpan.FromDays(3));
        await BrakedElsewhereAsync(portal, beat: 1);
        using var browser = await portal.OperatorAsync();
        await ExpectLateAsync("credit.reconcile");
        await portal.AcceptsAsync("DELETE FROM meta WHERE key = 'clock.brake'");
        await ExpectLateAsync("credit.reconcile", "store.prune");

        async Task ExpectLateAsync(params string[] jobs)
        {
            await portal.RunJobAsync("alarms.watch");
            var late = await portal.ReadAsync(d =>
                d.Alarms.Where(a => a.ClearedAt == null && a.Key.StartsWith("job.late:"))
                    .Select(a => a.Key)
                    .ToListAsync()
            );
            Assert.Equal(jobs.Select(j => "job.late:" + j), late.Order());
            var page = Markup.Text((await browser.OpenAsync("/admin/jobs")).Expect(200).Body);
            foreach (var job in new[] { "credit.reconcile", "store.prune" })
                Assert.Equal(jobs.Contains(job), page.Contains(job + " is late", StringComparison.Ordinal));
        }
    }

    private static Task BrakedElsewhereAsync(Portal portal, int beat) =>
        portal.AcceptsAsync(
            "INSERT INTO meta (key, value) VALUES ('clock.brake', {0})",
            $$"""{"why":"The clock of another instance.","since":1,"beat":{{beat}}}"""
        );
}

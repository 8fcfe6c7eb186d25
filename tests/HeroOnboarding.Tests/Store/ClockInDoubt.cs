using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using static HeroOnboarding.Tests.Stores.ClockedPortal;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// While the clock is wrong, no customer is charged or reminded, no machine is released and nothing is deleted. Both
/// databases are tested with a clock of their own on another computer, and without one. SQLite never has one;
/// PostgreSQL has none on the same computer.
/// </summary>
public sealed class ClockInDoubt
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(29.6);
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(5);

    public static TheoryData<Db, bool> Stores =>
        new()
        {
            { Db.Sqlite, false },
            { Db.Postgres, false },
            { Db.Sqlite, true },
            { Db.Postgres, true },
        };

    [Theory, MemberData(nameof(Stores))]
    public async Task A_clock_a_month_ahead_charges_reminds_and_deletes_nothing(Db db, bool elsewhere)
    {
        var (portal, set) = await StartAsync(db, elsewhere);
        await using var _ = portal;
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        await asha.TopUpAsync(2000);
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        await SweepAsync(portal);
        await portal.DeliverAsync();
        var before = await SeenAsync(portal, asha);
        Assert.Equal((0, true, 1), (before.Renewals, before.Rates > 0, before.Leases));
        set.Ahead = Month;
        await SweepAsync(portal);
        portal.Clock.Advance(ClockBrake.Agreeing * 3);
        await SweepAsync(portal);
        Assert.Equal(before, await SeenAsync(portal, asha));
        // The control: the same month passes in reality.
        set.Ahead = TimeSpan.Zero;
        await SweepAsync(portal);
        await AgreeAsync(portal);
        Assert.Equal(before with { Samples = before.Samples + 1 }, await SeenAsync(portal, asha));
        portal.Clock.Advance(Month);
        await SweepAsync(portal);
        var after = await SeenAsync(portal, asha);
        Assert.Equal((1, 10_000_000), (after.Renewals, after.Balance));
        Assert.Equal(0, after.Rates);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task It_goes_off_when_the_clocks_have_agreed_for_ten_minutes(Db db, bool elsewhere)
    {
        var (portal, set) = await StartAsync(db, elsewhere);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = Month;
        await SweepAsync(portal);
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal([ClockBrake.Key], await OpenAlarmsAsync(portal));
        using var browser = await portal.OperatorAsync();
        var overview = (await browser.OpenAsync("/admin")).Expect(200).Body;
        Assert.Contains("Clock in doubt", overview, StringComparison.Ordinal);
        Assert.Contains("The clock jumped by 30 days forward", overview, StringComparison.Ordinal);
        set.Ahead = TimeSpan.Zero;
        await SweepAsync(portal);
        await SweepAsync(portal);
        portal.Clock.Advance(ClockBrake.Agreeing - Moment);
        await SweepAsync(portal);
        Assert.NotNull(await BrakeAsync(portal));
        portal.Clock.Advance(Moment);
        await SweepAsync(portal);
        Assert.Null(await BrakeAsync(portal));
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await SweepAsync(portal);
        Assert.Empty(await OpenAlarmsAsync(portal));
        overview = (await browser.OpenAsync("/admin")).Expect(200).Body;
        Assert.DoesNotContain("Clock in doubt", overview, StringComparison.Ordinal);
        // What waited has run, and is not late.
        Assert.True(await portal.ReadAsync(d => d.Jobs.AllAsync(j => j.LastOk)));
    }

    /// <summary>
    /// The virtual machine of the portal sleeps for a weekend: the monotonic clock stands still, the others do not.
    /// </summary>
    [Theory, MemberData(nameof(Stores))]
    public async Task After_a_sleep_it_goes_off_without_anybody(Db db, bool elsewhere)
    {
        var (portal, set) = await StartAsync(db, elsewhere);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = TimeSpan.FromDays(2);
        portal.DatabaseAhead = elsewhere ? TimeSpan.FromDays(2) : null;
        await SweepAsync(portal);
        Assert.NotNull(await BrakeAsync(portal));
        await AgreeAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    [Theory, BothDatabases]
    public async Task A_sleep_of_a_month_needs_nobody_where_the_database_has_a_clock_of_its_own(Db db)
    {
        var (portal, set) = await StartAsync(db, elsewhere: true);
        await using var _ = portal;
        await SweepAsync(portal);
        (set.Ahead, portal.DatabaseAhead) = (Month, Month);
        await SweepAsync(portal);
        await AgreeAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task An_operator_lifts_it_on_the_page_and_that_holds(Db db, bool elsewhere)
    {
        var (portal, set) = await StartAsync(db, elsewhere);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = Month;
        await SweepAsync(portal);
        using var browser = await portal.OperatorAsync();
        var reply = await browser.SubmitAsync(
            "/admin/jobs",
            "/admin/clock-brake-lift",
            new Dictionary<string, string> { ["reason"] = "date -u is right" }
        );
        Assert.Equal("/admin/jobs?clock=lifted", reply.Expect(303).Location);
        var page = (await browser.OpenAsync(reply.Location!)).Expect(200).Body;
        Assert.Contains("The clock brake is lifted.", page, StringComparison.Ordinal);
        Assert.Equal(["operator:Neema -"], await portal.AuditOfAsync("clock.lift"));
        await SweepAsync(portal);
        Assert.Null(await BrakeAsync(portal));
        Assert.True((await portal.RunJobAsync("store.prune"))!.Ok);
        // The next jump is another one.
        set.Ahead += Month;
        Assert.False((await portal.RunJobAsync("store.prune"))!.Ok);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_process_that_starts_with_a_wrong_clock_finds_it(Db db, bool elsewhere)
    {
        var (portal, set) = await StartAsync(db, elsewhere);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = Month;
        await portal.RestartAsync();
        var run = (await portal.RunJobAsync("plans.auto_renew"))!;
        Assert.False(run.Ok);
        var other = elsewhere ? "the database's clock" : "when this store was last in use";
        Assert.StartsWith("The clock is 30 days ahead of " + other, run.Report, StringComparison.Ordinal);
        // Another restart with the same clock does not make it right, however much was written meanwhile.
        await portal.RunJobAsync("alarms.watch");
        portal.Clock.Advance(ClockBrake.Agreeing);
        await portal.RestartAsync();
        await SweepAsync(portal);
        await AgreeAsync(portal);
        Assert.NotNull(await BrakeAsync(portal));
        set.Ahead = TimeSpan.Zero;
        await portal.RestartAsync();
        await SweepAsync(portal);
        await AgreeAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    /// <summary>
    /// A long stop is no fault. The brake goes off at once with a second clock, otherwise after ten minutes, or by an
    /// operator after a very long stop.
    /// </summary>
    [Theory]
    [InlineData(Db.Postgres, true, 30, 0)]
    [InlineData(Db.Sqlite, false, 2, 1)]
    [InlineData(Db.Postgres, false, 2, 1)]
    [InlineData(Db.Sqlite, false, 30, 2)]
    [InlineData(Db.Postgres, false, 30, 2)]
    public async Task After_a_long_stop_it_goes_on(Db db, bool elsewhere, int days, int needs)
    {
        var (portal, _) = await StartAsync(db, elsewhere);
        await using var started = portal;
        await SweepAsync(portal);
        portal.Clock.Advance(TimeSpan.FromDays(days));
        await portal.RestartAsync();
        await SweepAsync(portal);
        Assert.Equal(needs == 0, await BrakeAsync(portal) is null);
        await AgreeAsync(portal);
        Assert.Equal(needs < 2, await BrakeAsync(portal) is null);
        if (needs == 2)
            (await portal.AdminPostAsync("/admin/clock-brake-lift", new { reason = "A long stop" })).Expect(200);
        await SweepAsync(portal);
        Assert.Null(await BrakeAsync(portal));
    }

    /// <summary>
    /// Another instance, whose clock is wrong, keeps the brake on; when it is gone, this one lets it go.
    /// </summary>
    [Theory, BothDatabases]
    public async Task While_one_instance_finds_a_wrong_clock_all_wait(Db db)
    {
        var (portal, _) = await StartAsync(db, elsewhere: true);
        await using var started = portal;
        for (var beat = 1; beat <= 3; beat++)
        {
            await portal.AcceptsAsync(
                """
                INSERT INTO meta (key, value) VALUES ('clock.brake', {0})
                ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """,
                $$"""{"why":"The clock of another instance.","since":1,"beat":{{beat}}}"""
            );
            await AgreeAsync(portal, TimeSpan.FromMinutes(6));
            Assert.NotNull(await BrakeAsync(portal));
        }
        await AgreeAsync(portal, TimeSpan.FromMinutes(4));
        Assert.Null(await BrakeAsync(portal));
    }

    /// <summary>A quarter of an hour: time servers correct that much, and two computers may differ by it.</summary>
    [Theory]
    [InlineData(15, true)]
    [InlineData(-15, true)]
    [InlineData(16, false)]
    [InlineData(-16, false)]
    public async Task A_quarter_of_an_hour_is_no_jump(int minutes, bool fine)
    {
        var (portal, set) = await StartAsync(Db.Sqlite, elsewhere: false);
        await using var _ = portal;
        await SweepAsync(portal);
        set.Ahead = TimeSpan.FromMinutes(minutes);
        Assert.Equal(fine, (await portal.RunJobAsync("plans.remind"))!.Ok);
    }

    [Fact]
    public async Task PostgreSQL_tells_its_own_time_and_on_this_computer_that_is_no_second_clock()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres);
        var database = Assert.IsType<HeroOnboarding.Store.Postgres.PostgresDatabase>(portal.Database);
        var before = TimeProvider.System.Now();
        var theirs = await database.ReadOwnClockAsync(CancellationToken.None);
        Assert.InRange(theirs, before, TimeProvider.System.Now());
        Assert.Null(await database.ReadClockAsync(CancellationToken.None));
        foreach (var here in new[] { null, "", "/run/postgresql", "localhost", "127.0.0.1", "::1" })
            Assert.True(HeroOnboarding.Store.Postgres.PostgresDatabase.IsOnThisComputer(here), here);
        foreach (var elsewhere in new[] { "db.example.org", "10.0.0.5", "localhost,db.example.org" })
            Assert.False(HeroOnboarding.Store.Postgres.PostgresDatabase.IsOnThisComputer(elsewhere), elsewhere);
    }

    [Fact]
    public async Task Every_job_that_charges_or_destroys_stands_behind_the_brake()
    {
        var probing = new Dictionary<string, string?> { ["PROBE"] = "tcp" };
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: probing);
        var kinds = portal.Services.GetRequiredService<JobRunner>().Kinds;
        Assert.Equal(
            ["plans.auto_renew", "plans.remind", "pool.sample", "store.prune", "vms.auto_release"],
            kinds.Where(k => k.NeedsTrueClock).Select(k => k.Name)
        );
        // These jobs only read, or count. A new job must be added to one of the two lists.
        var others = kinds.Where(k => !k.NeedsTrueClock).Select(k => k.Name);
        Assert.Equal(["alarms.watch", "credit.reconcile", "pool.probe"], others);
    }

    private static Task<List<string>> OpenAlarmsAsync(Portal portal) =>
        portal.ReadAsync(d => d.Alarms.Where(a => a.ClearedAt == null).Select(a => a.Key).ToListAsync());

    private sealed record Seen(long Balance, int Renewals, int Notices, int Rates, int Leases, int Samples);

    private static async Task<Seen> SeenAsync(Portal portal, Customer of)
    {
        var plan = await of.PlanAsync();
        var notices = new[] { plan.Noticed7At, plan.Noticed3At, plan.Noticed1At }.Count(n => n is not null);
        return new(
            await of.BalanceAsync(),
            plan.Renewals,
            notices,
            await portal.ReadAsync(d => d.Rates.CountAsync()),
            (await of.LeasesAsync()).Count(l => l.IsLive),
            await portal.ReadAsync(d => d.PoolSamples.CountAsync())
        );
    }
}

using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Vms;

/// <summary>
/// Auto-release stops when it would release suspiciously many machines or the clock is in doubt; releases by customers
/// go on.
/// </summary>
public sealed class AutoReleaseBrakes
{
    private static readonly Dictionary<string, string?> ManyMachines = new()
    {
        ["PLANS_JSON"] = """[{"id":"vms-5","price_cents":1000,"vm_count":21}]""",
    };

    [Theory, BothDatabases]
    public async Task More_than_twenty_and_more_than_a_tenth_at_once_stops_it(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(22), ManyMachines);
        var asha = await portal.SignUpWithMachinesAsync("asha", 21);
        await portal.LetExpireAsync(asha);
        var stopped = (await portal.AutoReleaseAsync()).ExpectRefusal(VmRefusals.AutoReleaseBraked);
        Assert.StartsWith(
            "21 of 21 live machines would be released at once",
            stopped.Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            portal.Log.Lines,
            l =>
                l.StartsWith("Critical", StringComparison.Ordinal)
                && l.Contains("ALARM: auto-release stopped itself: 21 of 21", StringComparison.Ordinal)
        );
        Assert.Equal(21, (await asha.PlanAsync()).Used);
        // 21 of 209 are a little more than a tenth, 21 of 210 are not.
        await InsertLiveAsync(portal, asha, 188);
        (await portal.AutoReleaseAsync()).ExpectRefusal(VmRefusals.AutoReleaseBraked).Expect(409);
        await InsertLiveAsync(portal, asha, 1);
        Assert.Equal((210, 21, 21, 0, 0), (await portal.AutoReleaseAsync()).Counts());
    }

    [Theory, BothDatabases]
    public async Task Twenty_go_back_without_asking_and_force_goes_on_above(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(41), ManyMachines);
        var asha = await portal.SignUpWithMachinesAsync("asha", 20);
        await portal.LetExpireAsync(asha);
        Assert.Equal((20, 20, 20, 0, 0), (await portal.AutoReleaseAsync()).Counts());
        var juma = await portal.SignUpWithMachinesAsync("juma", 21);
        await portal.LetExpireAsync(juma);
        var run = (await portal.RunJobAsync(AutoReleaseJob.Name))!;
        Assert.False(run.Ok);
        Assert.StartsWith("21 of 21 live machines would be released at once", run.Report, StringComparison.Ordinal);
        using var browser = await portal.OperatorAsync();
        Assert.Contains(
            "vms.auto_release: 21 of 21 live machines",
            (await browser.OpenAsync("/admin")).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal("/admin/jobs?refused=auto_release.braked", await AskOnPageAsync(browser, force: false));
        Assert.Equal("/admin/jobs?expired_released=21", await AskOnPageAsync(browser, force: true));
        Assert.Contains(
            "21 machines released.",
            Markup.Text((await browser.OpenAsync("/admin/jobs?expired_released=21")).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(
            2,
            (await portal.AuditOfAsync("auto_release.ask")).Count(l =>
                l.StartsWith("operator:Neema", StringComparison.Ordinal)
            )
        );
        await Invariants.HoldAsync(portal);
    }

    /// <summary>
    /// Force is a decision about the clock as well; what it does not decide is whether owners were told.
    /// </summary>
    [Theory, BothDatabases]
    public async Task A_clock_in_doubt_stops_it_and_force_goes_on_but_never_without_notices(Db db)
    {
        var (clock, set) = Clocks();
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            clock: clock,
            adjust: services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(set))
        );
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        var juma = await portal.SignUpWithMachinesAsync("juma", 1);
        await portal.LetExpireAsync(asha);
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.AcceptsAsync("UPDATE purchases SET noticed7_at = NULL WHERE account_sid = {0}", juma.Sid);
        set.Ahead = TimeSpan.FromMinutes(16);
        var stopped = (await portal.AutoReleaseAsync()).ExpectRefusal(VmRefusals.AutoReleaseBraked).Text("detail");
        Assert.StartsWith("The clock jumped by 16 minutes forward", stopped, StringComparison.Ordinal);
        Assert.Equal(AllocationStatus.Active, Assert.Single(await asha.LeasesAsync()).Status);
        // A restart does not go on either, and then force does.
        await portal.RestartAsync();
        (await portal.AutoReleaseAsync()).ExpectRefusal(VmRefusals.AutoReleaseBraked);
        var forced = await portal.AutoReleaseAsync(new { force = true });
        Assert.Equal((2, 2, 1, 0, 0), forced.Counts());
        Assert.Equal(1, forced.Number("rows_unnoticed"));
        Assert.Equal(AllocationStatus.Active, Assert.Single(await juma.LeasesAsync()).Status);
        Assert.True((await portal.RunJobAsync(AutoReleaseJob.Name))!.Ok);
    }

    private static (FakeTimeProvider Clock, SetClock Set) Clocks()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        return (clock, new SetClock(clock));
    }

    private static Task InsertLiveAsync(Portal portal, Customer of, int count) =>
        portal.AcceptsAsync(
            (
                portal.Db == Db.Sqlite
                    ? "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) "
                    : "WITH n(i) AS (SELECT generate_series(1, {0})) "
            )
                + "INSERT INTO vm_allocations (sid, user_sid, purchase_sid, plan_id, provisioner, lease_number, "
                + "status, cost, created_at, expires_at) "
                + "SELECT 'extra' || {0} || '-' || i, {1}, (SELECT sid FROM purchases WHERE account_sid = {1}), "
                + "'vms-5', 'pool', 0, 'Active', 1, 1, 9000000000000000 FROM n",
            count,
            of.Sid
        );

    private static async Task<string?> AskOnPageAsync(Browser browser, bool force)
    {
        var fields = new Dictionary<string, string> { ["=force"] = force ? "true" : "false" };
        return (await browser.SubmitAsync("/admin/jobs", "/admin/auto-release-now", fields)).Expect(303).Location;
    }
}

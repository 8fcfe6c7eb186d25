using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>What an operator's lift of the clock brake needs: a reason, and a brake that is on.</summary>
public sealed class LiftingTheClockBrake
{
    private const string Path = "/admin/clock-brake-lift";

    [Theory, BothDatabases]
    public async Task It_needs_a_reason_which_the_audit_keeps(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await BrakeAsync(portal);
        foreach (var body in new object[] { new { }, new { reason = "" }, new { reason = " ok " } })
            (await portal.AdminPostAsync(Path, body)).ExpectRefusal(Refusals.ReasonRequired);
        Assert.True(await IsOnAsync(portal));
        (await portal.AdminPostAsync(Path, new { reason = " Compared with date -u. " })).Expect(200);
        Assert.False(await IsOnAsync(portal));
        Assert.Equal(
            """{"was":"The clock jumped.","reason":"Compared with date -u."}""",
            await portal.ReadAsync(d => d.Audit.Where(r => r.Act == "clock.lift").Select(r => r.Detail).SingleAsync())
        );
    }

    [Theory, BothDatabases]
    public async Task A_brake_that_is_off_is_not_lifted(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var before = await portal.FactsAsync();
        (await portal.AdminPostAsync(Path, new { reason = "A good one" })).ExpectRefusal(WorkRefusals.ClockNotInDoubt);
        Assert.Equal(before, await portal.FactsAsync());
        await BrakeAsync(portal);
        (await portal.AdminPostAsync(Path, new { reason = "A good one" })).Expect(200);
        (await portal.AdminPostAsync(Path, new { reason = "A good one" })).ExpectRefusal(WorkRefusals.ClockNotInDoubt);
    }

    private static Task BrakeAsync(Portal portal) =>
        portal.Units.RunAsync(
            "test.state",
            Actor.System("test"),
            unit =>
                unit.Db.Database.ExecuteSqlRawAsync(
                    "INSERT INTO meta (key, value) VALUES ('clock.brake', {0})",
                    """{"why":"The clock jumped.","since":1,"beat":1}"""
                )
        );

    private static async Task<bool> IsOnAsync(Portal portal) =>
        await portal.ReadAsync(d => ClockBrake.ReadAsync(d)) is not null;
}

using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Plans;

/// <summary>
/// A notice is decided by a read and recorded in a later commit. In between the plan may be renewed, or the same notice
/// or a nearer one recorded.
/// </summary>
public sealed class NoticesMeanwhile
{
    private static readonly Actor Self = Actor.System("test");

    [Theory, BothDatabases]
    public async Task A_notice_of_an_end_that_was_moved_is_not_recorded(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, old) = await BeforeTheEndAsync(portal, days: 1);
        await asha.TopUpAsync(5000);
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        await RecordAsync(portal, old);
        Assert.Equal((null, null, null, null), Recorded(await asha.PlanAsync()));
        var renewed = await asha.PlanAsync();
        portal.MoveTo(renewed.PeriodEnd.AddDays(-1));
        await RecordAsync(portal, renewed);
        Assert.Equal((portal.Now, portal.Now, portal.Now, 1), Recorded(await asha.PlanAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_notice_that_was_recorded_meanwhile_keeps_its_time(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, plan) = await BeforeTheEndAsync(portal, days: 1);
        var offers = portal.Services.GetRequiredService<OfferNotices>();
        var first = portal.Now;
        await offers.OfferAsync(Self, plan, all: false, CancellationToken.None);
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await offers.OfferAsync(Self, plan, all: false, CancellationToken.None);
        Assert.Equal((first, first, first, null), Recorded(await asha.PlanAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_nearer_notice_that_was_shown_meanwhile_stays(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var (asha, plan) = await BeforeTheEndAsync(portal, days: 3);
        var far = PlanNotice.Of(plan, portal.Now)!;
        var shown = portal.Services.GetRequiredService<ReadPlanNotice>();
        await shown.ShownAsync(far);
        Assert.Equal(3, (await asha.PlanAsync()).ShownDays);
        portal.MoveTo(plan.PeriodEnd.AddDays(-1));
        await shown.ShownAsync(PlanNotice.Of(plan, portal.Now)!);
        await shown.ShownAsync(far);
        Assert.Equal(1, (await asha.PlanAsync()).ShownDays);
    }

    private static async Task<(Customer Asha, Purchase Plan)> BeforeTheEndAsync(Portal portal, int days)
    {
        var asha = await portal.SignUpWithPlanAsync("asha");
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddDays(-days));
        return (await asha.BackAsync("asha"), plan);
    }

    /// <summary>What job and page record about a plan as they have read it.</summary>
    private static async Task RecordAsync(Portal portal, Purchase plan)
    {
        await portal
            .Services.GetRequiredService<OfferNotices>()
            .OfferAsync(Self, plan, all: true, CancellationToken.None);
        await portal.Services.GetRequiredService<ReadPlanNotice>().ShownAsync(new PlanNotice(plan, 1, portal.Now));
    }

    private static (DateTimeOffset? Seven, DateTimeOffset? Three, DateTimeOffset? One, int? Shown) Recorded(
        Purchase plan
    ) => (plan.Noticed7At, plan.Noticed3At, plan.Noticed1At, plan.ShownDays);
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

public sealed class HandOutLimits
{
    private static readonly Dictionary<string, string?> TwoMachines = new()
    {
        ["PLANS_JSON"] = """[{"id":"vms-5","price_cents":1000,"vm_count":2}]""",
    };

    [Theory, BothDatabases]
    public async Task After_three_hand_outs_per_slot_in_a_day_the_answer_says_when_the_next_is_possible(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(20), TwoMachines);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = portal.Now;
        for (var i = 0; i < 6; i++)
        {
            var lease = (await asha.AllocateAsync()).Expect(201);
            (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
            portal.Clock.Advance(TimeSpan.FromMinutes(90));
        }
        var before = await portal.FactsAsync();
        var refused = (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.AllocateTooOften);
        Assert.Contains(Show.Utc(first.AddHours(24)), refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromHours(15), refused.Response.Headers.RetryAfter!.Delta);
        Assert.Equal(before, await portal.FactsAsync());
        await WaitUntilAsync(portal, asha, first + TimeSpan.FromHours(24) - TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.AllocateTooOften);
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).Expect(201);
        // The next one becomes possible when the second hand-out of yesterday is a day old, not before.
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.AllocateTooOften);
        portal.Clock.Advance(TimeSpan.FromMinutes(90));
        (await asha.AllocateAsync()).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task Full_quota_expired_plan_and_suspension_refuse_and_change_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(20), TwoMachines);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.AllocateAsync();
        var held = (await asha.AllocateAsync()).Expect(201);
        await ExpectUnchangedAsync(portal, asha, VmRefusals.QuotaExhausted);
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "looks odd" })).Expect(
            200
        );
        await ExpectUnchangedAsync(portal, asha, AccountRefusals.AccountSuspended);
        // Suspended people may still give back what they hold.
        (await asha.ReleaseAsync(held.Text("sid"))).Expect(200);
        (
            await portal.AdminPostAsync("/admin/user-unsuspend", new { user_sid = asha.Sid, reason = "all clear" })
        ).Expect(200);
        portal.Clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));
        asha = await portal.SignUpAsync("asha");
        await ExpectUnchangedAsync(portal, asha, PlanRefusals.PlanRequired);
    }

    [Theory, BothDatabases]
    public async Task Without_a_pool_the_slot_is_untouched(Db db)
    {
        await using var portal = await Portal.StartAsync(db, pool: null);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await ExpectUnchangedAsync(portal, asha, VmRefusals.ProvisionerUnavailable);
    }

    private static async Task ExpectUnchangedAsync(Portal portal, Customer customer, Refusal refusal)
    {
        var before = await portal.FactsAsync();
        (await customer.AllocateAsync()).ExpectRefusal(refusal);
        Assert.Equal(before, await portal.FactsAsync());
    }

    /// <summary>Moves the clock in steps that keep the session alive.</summary>
    private static async Task WaitUntilAsync(Portal portal, Customer customer, DateTimeOffset time)
    {
        while (portal.Now < time)
        {
            var left = time - portal.Clock.GetUtcNow();
            portal.Clock.Advance(left < TimeSpan.FromHours(10) ? left : TimeSpan.FromHours(10));
            await customer.ReleaseAsync("nothing");
        }
        Assert.True(Eligibility.Window >= TimeSpan.FromHours(24));
        Assert.NotEqual(0, await portal.ReadAsync(d => d.Sessions.CountAsync()));
    }
}

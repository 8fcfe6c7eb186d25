using System.Data.Common;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// A row changes after a unit has read it and before the unit acts, as if no lock held it. The WHERE of the acting
/// statement must refuse on its own. On SQLite only: there the unit's own connection can make the change, and the
/// statements are the same text on both databases.
/// </summary>
public sealed class StaleReads
{
    private const string Plan = "FROM purchases";

    [Theory]
    [InlineData("/plan/renew", "UPDATE purchases SET state = 'ended'", "plan.renewed")]
    [InlineData("/plan/renew", "UPDATE purchases SET period_end = period_end + 1", "plan.renewed")]
    [InlineData("/plan/upgrade", "UPDATE purchases SET state = 'ended'", "plan.changed")]
    [InlineData("/plan/upgrade", "UPDATE purchases SET period_end = period_end + 1", "plan.changed")]
    [InlineData("/plan/cancel", "UPDATE purchases SET state = 'ended'", "plan.started")]
    [InlineData("/plan/cancel", "UPDATE purchases SET used = 1", "plan.started")]
    [InlineData("/plan/renew", "UPDATE purchases SET auto_renew = true", null)]
    [InlineData("/plan/upgrade", "UPDATE purchases SET auto_renew = true", null)]
    [InlineData("/plan/cancel", "UPDATE purchases SET auto_renew = true", null)]
    public async Task A_plan_that_is_another_by_now_is_left_alone(string path, string change, string? refusal)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(5000);
        var facts = await portal.FactsAsync();
        using (await ChangeAsync(portal, Plan, change))
        {
            var reply = await asha.PostAsync(path, new { plan_id = "vms-10" });
            Assert.Equal(refusal, reply.Code);
            Assert.Equal(refusal is null, reply.Response.IsSuccessStatusCode);
        }
        // The change was part of the unit and went with it.
        if (refusal is not null)
            Assert.Equal(facts, await portal.FactsAsync());
        await Invariants.HoldAsync(portal);
    }

    [Theory]
    [InlineData("UPDATE payment_intents SET amount = amount + 10000", "repeated", 0)]
    [InlineData("UPDATE payment_intents SET checkout_id = 'cs_other'", "repeated", 0)]
    [InlineData("UPDATE payment_intents SET returned_at = 1", "credited", 1000)]
    public async Task A_payment_that_is_another_by_now_is_not_credited(string change, string outcome, long cents)
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        using (await ChangeAsync(paying.Portal, "FROM \"suspense_items\"", change))
            Assert.Equal(outcome, await paying.TellAsync(paying.Stripe.Pay(checkout)));
        await paying.ExpectBooksAsync(cents);
    }

    /// <summary>A lease that failed was never a machine; the plan counts as unused.</summary>
    [Theory, BothDatabases]
    public async Task A_plan_whose_only_lease_failed_can_be_cancelled(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid)).Expect(200);
        (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanStarted);
        await portal.AcceptsAsync("UPDATE vm_allocations SET status = 'Failed'");
        (await asha.PostAsync("/plan/cancel", new { })).Expect(200);
    }

    /// <summary>Only the plans that became this one count, not every plan that was ever upgraded.</summary>
    [Theory, BothDatabases]
    public async Task A_plan_bought_anew_after_an_upgraded_one_is_over_can_be_cancelled(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid)).Expect(200);
        await asha.TopUpAsync(5000);
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "vms-10" })).Expect(201);
        (await asha.PostAsync("/plan/cancel", new { })).ExpectRefusal(PlanRefusals.PlanStarted);
        portal.MoveTo((await asha.PlanAsync()).Expiry + PlanLife.Moment);
        asha = await asha.BackAsync("asha");
        (await asha.BuyPlanAsync()).Expect(201);
        (await asha.PostAsync("/plan/cancel", new { })).Expect(200);
    }

    /// <summary>Once, right after a unit has sent a statement with these words.</summary>
    private static async Task<StatementTap> ChangeAsync(Portal portal, string words, string change)
    {
        await using var look = portal.Database.Read();
        var tap = new StatementTap(look.Database.GetDbConnection());
        tap.AfterCommand = command =>
        {
            if (command.Transaction is null || !command.CommandText.Contains(words, StringComparison.Ordinal))
                return;
            tap.AfterCommand = null;
            using DbCommand other = command.Connection!.CreateCommand();
            (other.Transaction, other.CommandText) = (command.Transaction, change);
            Assert.NotEqual(0, other.ExecuteNonQuery());
        };
        return tap;
    }
}

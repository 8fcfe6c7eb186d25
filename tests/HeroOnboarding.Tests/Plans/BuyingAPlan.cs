using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

public sealed class BuyingAPlan
{
    [Theory, BothDatabases]
    public async Task Every_gate_has_its_turn_and_says_no_before_the_next(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        (await portal.Browser().SendAsync(HttpMethod.Post, "/plan/buy", new { plan_id = "vms-5" })).ExpectRefusal(
            AccountRefusals.SessionRequired
        );
        var asha = await portal.SignUpAsync("asha");
        await ReviewAsync(asha, "user-suspend");
        (await asha.BuyPlanAsync("nothing")).ExpectRefusal(AccountRefusals.AccountSuspended);
        await ReviewAsync(asha, "user-unsuspend");
        (await asha.BuyPlanAsync("nothing")).ExpectRefusal(AccountRefusals.KycRequired);
        await asha.PassKycAsync();
        (await asha.BuyPlanAsync("nothing")).ExpectRefusal(PlanRefusals.PlanUnknown);
        (await asha.BuyPlanAsync("VMS-5")).ExpectRefusal(PlanRefusals.PlanUnknown);
        (await asha.PostAsync("/plan/buy", new { })).ExpectRefusal(PlanRefusals.PlanUnknown);
        (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditInsufficient);
        await asha.TopUpAsync(-1);
        (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditOwed);
        await asha.TopUpAsync(1000);
        var poor = (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditInsufficient);
        Assert.Contains("$0.01 is missing", poor.Text("detail"), StringComparison.Ordinal);
        await asha.TopUpAsync(1);
        var bought = (await asha.BuyPlanAsync()).Expect(201);
        Assert.Equal(
            (1000, 5, 0, 0),
            (
                bought.Number("price_cents"),
                bought.Number("vm_quota_total"),
                bought.Number("vm_quota_used"),
                bought.Number("credit_balance_cents")
            )
        );
        await asha.TopUpAsync(-500);
        (await asha.BuyPlanAsync("vms-10")).ExpectRefusal(PlanRefusals.PlanAlreadyActive);
        await ReviewAsync(asha, "kyc-unverify");
        (await asha.BuyPlanAsync("vms-10")).ExpectRefusal(AccountRefusals.KycRequired);
    }

    /// <summary>An upgrade leaves fractions of a cent, which cannot be paid, so the named amount is enough.</summary>
    [Theory, BothDatabases]
    public async Task What_is_said_to_be_missing_is_enough(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await portal.Units.RunAsync(
            "test.state",
            HeroOnboarding.Store.Actor.System("test"),
            unit => unit.Db.Database.ExecuteSqlRawAsync("UPDATE accounts SET balance = 1666666")
        );
        Assert.Contains(
            "$8.34 is missing",
            (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditInsufficient).Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "$8.34 to pay",
            Markup.Text((await asha.Browser.OpenAsync("/plans")).Expect(200).Body),
            StringComparison.Ordinal
        );
        await asha.TopUpAsync(834);
        (await asha.BuyPlanAsync()).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task A_plan_runs_thirty_days_to_the_microsecond_and_buying_ends_the_expired_one(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(5));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(1000);
        var bought = await portal.ReadAsync(d => d.Purchases.SingleAsync());
        Assert.Equal(bought.StartedAt + TimeSpan.FromDays(30), bought.PeriodEnd);
        asha = await MoveToAsync(portal, asha, bought.PeriodEnd);
        (await asha.AllocateAsync()).Expect(201);
        (await asha.BuyPlanAsync()).ExpectRefusal(PlanRefusals.PlanAlreadyActive);
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(PlanRefusals.PlanRequired);
        (await asha.BuyPlanAsync()).Expect(201);
        var purchases = await portal.ReadAsync(d => d.Purchases.OrderBy(p => p.StartedAt).ToListAsync());
        Assert.Equal([PurchaseState.Ended, PurchaseState.Active], purchases.Select(p => p.State));
        Assert.Equal(portal.Now, purchases[0].EndedAt);
        Assert.Equal((1, 0), (purchases[0].Used, purchases[1].Used));
    }

    [Theory, BothDatabases]
    public async Task A_refused_purchase_leaves_the_expired_plan_as_it_was(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpWithPlanAsync("asha");
        asha = await MoveToAsync(portal, asha, portal.Now + TimeSpan.FromDays(31));
        (await asha.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditInsufficient);
        Assert.Equal(PurchaseState.Active, await portal.ReadAsync(d => d.Purchases.Select(p => p.State).SingleAsync()));
    }

    [Fact]
    public async Task The_price_is_frozen_when_the_catalogue_changes()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await portal.RestartAsync(
            new Dictionary<string, string?>
            {
                ["PLANS_JSON"] =
                    """[{"id":"vms-5","price_cents":9900,"vm_count":2},{"id":"free","price_cents":0,"vm_count":3}]""",
            }
        );
        asha = await portal.SignUpAsync("asha");
        Assert.Equal(200, (await asha.AllocateAsync()).Expect(201).Number("cost_cents"));
        var purchase = await portal.ReadAsync(d => d.Purchases.SingleAsync());
        Assert.Equal((10 * Money.MicrosPerDollar, 5), (purchase.Price, purchase.VmCount));
        var juma = await portal.SignUpAsync("juma");
        await juma.PassKycAsync();
        (await juma.BuyPlanAsync()).ExpectRefusal(CreditRefusals.CreditInsufficient);
        Assert.Equal(0, (await juma.BuyPlanAsync("free", startNow: true)).Expect(201).Number("price_cents"));
    }

    [Theory, BothDatabases]
    public async Task Starting_at_once_with_an_empty_pool_charges_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, "[]");
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        var before = await portal.FactsAsync();
        var reply = (await asha.BuyPlanAsync(startNow: true, key: "k")).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.NotNull(reply.Response.Headers.RetryAfter);
        Assert.Equal(before, await portal.FactsAsync());
        (
            await asha.PostAsync(
                "/plan/buy",
                new
                {
                    plan_id = "vms-5",
                    start_now = true,
                    ssh_public_key = "no key",
                }
            )
        ).ExpectRefusal(VmRefusals.SshKeyInvalid);
        Assert.Equal(before, await portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task Starting_at_once_is_one_commit_with_the_purchase(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        var bought = (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        Assert.Equal("vm-0001", bought.Json.GetProperty("vm").GetProperty("pool_vm_id").GetString());
        Assert.Equal(1, bought.Number("vm_quota_used"));
        Assert.Equal(1, await portal.ReadAsync(d => d.Audit.CountAsync(a => a.Act == "plan.buy")));
        Assert.Equal(0, await portal.ReadAsync(d => d.Audit.CountAsync(a => a.Act == "vm.allocate")));
    }

    private static async Task ReviewAsync(Customer customer, string act) =>
        (
            await customer.Portal.AdminPostAsync(
                "/admin/" + act,
                new { user_sid = customer.Sid, reason = "because of a test" }
            )
        ).Expect(200);

    /// <summary>Sessions end before plans do, so the customer signs in again after the clock has moved.</summary>
    private static async Task<Customer> MoveToAsync(Portal portal, Customer customer, DateTimeOffset time)
    {
        portal.Clock.Advance(time - portal.Clock.GetUtcNow());
        var account = await portal.ReadAsync(d => d.Accounts.SingleAsync(a => a.Sid == customer.Sid));
        return await portal.SignUpAsync(account.ForgeLogin!, account.ForgeId);
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>An upgrade credits the unused rest to the micro-dollar and moves machines and quota.</summary>
public sealed class UpgradingAPlan
{
    private static readonly DateTimeOffset End = new(2026, 12, 24, 10, 14, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(10_000_000, 30 * 86_400_000_000L, 10_000_000)]
    [InlineData(10_000_000, 60 * 86_400_000_000L, 20_000_000)]
    [InlineData(10_000_000, 1, 0)]
    [InlineData(10_000_000, 259_199, 0)]
    [InlineData(10_000_000, 259_200, 1)]
    [InlineData(10_000_000, 2_592_000_000_000 - 1, 9_999_999)]
    [InlineData(7, 30 * 86_400_000_000L / 2, 3)]
    [InlineData(0, 30 * 86_400_000_000L, 0)]
    [InlineData(10_000_000, 0, 0)]
    [InlineData(10_000_000, -5, 0)]
    [InlineData(10_000_000, -86_400_000_000L, 0)]
    [InlineData(1_000_000_000_000, 60 * 86_400_000_000L - 1, 1_999_999_999_999)]
    public void The_rest_is_price_times_time_left_by_thirty_days_rounded_down(long price, long micros, long rest) =>
        Assert.Equal(rest, UpgradePlan.Rest(price, End, End - TimeSpan.FromMicroseconds(micros)));

    [Theory, BothDatabases]
    public async Task Money_quota_and_machines_move_in_one_commit(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(8));
        var asha = await portal.SignUpWithMachinesAsync("asha", 3);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid)).Expect(200);
        await asha.TopUpAsync(1500);
        var old = await asha.PlanAsync();
        portal.Clock.Advance(TimeSpan.FromDays(10) + TimeSpan.FromMicroseconds(1));
        asha = await asha.BackAsync("asha");
        var (rest, charge, asOf) = await OfferAsync(asha);
        // 20 days less a microsecond of $10.00 for 30 days.
        Assert.Equal((6_666_666, 13_333_334), (rest, charge));
        portal.Clock.Advance(TimeSpan.FromMinutes(15));
        var upgraded = (await UpgradeAsync(asha, asOf, charge)).Expect(201);
        Assert.Equal(
            (rest, charge, 10, 2, 2, 166),
            (
                upgraded.Number("rest_micros"),
                upgraded.Number("charge_micros"),
                upgraded.Number("vm_quota_total"),
                upgraded.Number("vm_quota_used"),
                upgraded.Number("vms_kept"),
                upgraded.Number("credit_balance_cents")
            )
        );
        Assert.Equal(15_000_000 - charge, await asha.BalanceAsync());
        var next = await asha.PlanAsync();
        Assert.NotEqual(old.Sid, next.Sid);
        Assert.Equal(
            (portal.Now.AddDays(30), portal.Now.AddDays(33), 2, 10, 20 * Money.MicrosPerDollar),
            (next.PeriodEnd, next.Expiry, next.Used, next.VmCount, next.Price)
        );
        var ended = await portal.ReadAsync(d => d.Purchases.SingleAsync(p => p.Sid == old.Sid));
        Assert.Equal(
            (PurchaseState.Ended, "upgraded", 0, portal.Now),
            (ended.State, ended.EndReason, ended.Used, ended.EndedAt)
        );
        await ExpectMovedAsync(portal, asha, old, next);
        // A machine that moved to the larger plan gives its slot back to that plan.
        (await asha.ReleaseAsync((await asha.LeasesAsync())[1].Sid)).Expect(200);
        Assert.Equal(1, (await asha.PlanAsync()).Used);
        for (var n = 0; n < 4; n++)
            (await asha.AllocateAsync()).Expect(201);
        await Invariants.HoldAsync(portal);
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    private static async Task ExpectMovedAsync(Portal portal, Customer asha, Purchase old, Purchase next)
    {
        var leases = await asha.LeasesAsync();
        Assert.Equal([old.Sid, next.Sid, next.Sid], leases.Select(a => a.PurchaseSid));
        Assert.Equal([old.Expiry, next.Expiry, next.Expiry], leases.Select(a => a.ExpiresAt));
        Assert.Equal(
            [TransferKind.PlanRest, TransferKind.PlanPurchase],
            await portal.ReadAsync(d =>
                d.Transfers.OrderByDescending(t => t.Sid).Take(2).OrderBy(t => t.Sid).Select(t => t.Kind).ToListAsync()
            )
        );
        var statement = Markup.Text((await asha.Browser.OpenAsync("/credit")).Body);
        Assert.Contains("Unused rest of the plan before: 5 machines", statement, StringComparison.Ordinal);
        Assert.Contains("Plan bought: 10 machines, 30 days", statement, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Gates_of_upgrading_refuse(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        (await UpgradeAsync(asha)).ExpectRefusal(AccountRefusals.KycRequired);
        await asha.PassKycAsync();
        (await UpgradeAsync(asha)).ExpectRefusal(PlanRefusals.PlanRequired);
        await asha.TopUpAsync(1999);
        (await asha.BuyPlanAsync()).Expect(201);
        var facts = await portal.FactsAsync();
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "vms-7" })).ExpectRefusal(PlanRefusals.PlanUnknown);
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "vms-5" })).ExpectRefusal(PlanRefusals.PlanNotLarger);
        Assert.Contains(
            "$0.01 is missing",
            (await UpgradeAsync(asha)).ExpectRefusal(CreditRefusals.CreditInsufficient).Text("detail"),
            StringComparison.Ordinal
        );
        Assert.Equal(facts, await portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task Amounts_that_were_not_shown_are_refused(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(1999);
        var now = Instants.ToMicros(portal.Now);
        foreach (
            var (asOf, charge) in new (long, long)[]
            {
                (now + 1, 10_000_000),
                (now + 1, 10_000_001),
                (now - 1, 10_000_000),
                (now, 9_999_999),
                (0, 10_000_000),
                (long.MaxValue, 10_000_000),
                (long.MinValue, 0),
            }
        )
            (await UpgradeAsync(asha, asOf, charge)).ExpectRefusal(PlanRefusals.PlanChanged);
        portal.Clock.Advance(UpgradePlan.QuoteLife + PlanLife.Moment);
        (await UpgradeAsync(asha, now, 10_000_000)).ExpectRefusal(PlanRefusals.PlanChanged);
    }

    [Theory, BothDatabases]
    public async Task A_renewal_between_page_and_button_changes_the_amount(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(3999);
        var now = Instants.ToMicros(portal.Now);
        var charged = 20_000_000 - UpgradePlan.Rest(10_000_000, (await asha.PlanAsync()).PeriodEnd, portal.Now);
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        (await UpgradeAsync(asha, now, charged)).ExpectRefusal(PlanRefusals.PlanChanged);
        (await UpgradeAsync(asha, now, charged - 10_000_000)).Expect(201);
        (await UpgradeAsync(asha)).ExpectRefusal(PlanRefusals.PlanNotLarger);
        portal.MoveTo((await asha.PlanAsync()).PeriodEnd + PlanLife.Moment);
        (await UpgradeAsync(await asha.BackAsync("asha"))).ExpectRefusal(PlanRefusals.PlanRequired);
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task A_rest_above_the_price_comes_back_and_renewing_by_itself_goes_on(Db db)
    {
        var plans = new Dictionary<string, string?>
        {
            ["PLANS_JSON"] =
                """[{"id":"vms-5","price_cents":1000,"vm_count":5},{"id":"cheap","price_cents":300"""
                + ""","vm_count":6},{"id":"gift","price_cents":0,"vm_count":9}]""",
            ["TERMS_URL"] = "https://example.org/terms",
        };
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), plans);
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        var page = Markup.Text((await asha.Browser.OpenAsync("/plan")).Expect(200).Body);
        Assert.Contains("Upgrade and get $7.00 back as credit?", page, StringComparison.Ordinal);
        Assert.DoesNotContain("for −$", page, StringComparison.Ordinal);
        var upgraded = (await asha.PostAsync("/plan/upgrade", new { plan_id = "cheap" })).Expect(201);
        Assert.Equal((-7_000_000, 700), (upgraded.Number("charge_micros"), upgraded.Number("credit_balance_cents")));
        Assert.True((await asha.PlanAsync()).AutoRenew);
        await portal.RestartAsync(new Dictionary<string, string?> { ["TERMS_VERSION"] = "next" });
        asha = await asha.BackAsync("asha");
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "gift" })).ExpectRefusal(AccountRefusals.TermsRequired);
        Assert.Equal(
            1000,
            (await asha.PostAsync("/plan/upgrade", new { plan_id = "gift", accept_terms = true }))
                .Expect(201)
                .Number("credit_balance_cents")
        );
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        Assert.Equal(10_000_000, await asha.BalanceAsync());
        (await asha.PostAsync("/plan/cancel", new { })).Expect(200);
        await Invariants.HoldAsync(portal);
    }

    private static Task<Reply> UpgradeAsync(Customer customer, long? asOf = null, long? chargeMicros = null) =>
        customer.PostAsync(
            "/plan/upgrade",
            asOf is null
                ? new { plan_id = "vms-10" }
                : new
                {
                    plan_id = "vms-10",
                    as_of = asOf,
                    charge_micros = chargeMicros,
                }
        );

    private static async Task<(long Unused, long Charge, long AsOf)> OfferAsync(Customer customer)
    {
        var offer = (await customer.Browser.SendAsync(HttpMethod.Get, "/plan/current"))
            .Expect(200)
            .Json.GetProperty("upgrades")
            .EnumerateArray()
            .Single();
        return (
            offer.GetProperty("rest_micros").GetInt64(),
            offer.GetProperty("charge_micros").GetInt64(),
            offer.GetProperty("as_of").GetInt64()
        );
    }
}

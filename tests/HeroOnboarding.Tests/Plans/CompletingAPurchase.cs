using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>
/// The chosen plan is bought automatically, exactly once, as soon as verification, credit and a machine are there.
/// </summary>
public sealed class CompletingAPurchase
{
    [Theory, BothDatabases]
    public async Task When_the_money_arrives_plan_machine_and_receipt_come_by_themselves(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpAsync("asha");
        var chosen = (await asha.ChoosePlanAsync()).Expect(201);
        Assert.Equal(
            ("verify", 1000, 1000),
            (chosen.Text("next"), chosen.Number("missing_cents"), chosen.Number("price_cents"))
        );
        await asha.PassKycAsync();
        Assert.Equal(1, await portal.DeliverAsync());
        Assert.Equal(PurchaseIntentState.Waiting, await portal.ChosenStateAsync());
        await asha.TopUpAsync(1234);
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.CountAsync()));
        Assert.Equal(2, await portal.DeliverAsync()); // the purchase, then its hand-over
        Assert.Equal(PurchaseIntentState.Done, await portal.ChosenStateAsync());
        var (purchase, lease) = await portal.ReadAsync(async d =>
            (await d.Purchases.SingleAsync(), await d.VmAllocations.SingleAsync())
        );
        Assert.Equal(
            (1, purchase.Sid, 234 * 10_000),
            (
                purchase.Used,
                lease.PurchaseSid,
                await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync())
            )
        );
        Assert.Equal(2, await portal.ReadAsync(d => d.Receipts.CountAsync()));
        await asha.TopUpAsync(5000);
        await portal.DeliverAsync();
        Assert.Equal(1, await portal.ReadAsync(d => d.Purchases.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Verification_that_comes_last_completes_it_too(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.TopUpAsync(1000);
        (await asha.ChoosePlanAsync()).Expect(201);
        await portal.DeliverAsync();
        await asha.PassKycAsync();
        await portal.DeliverAsync();
        Assert.Equal(PurchaseIntentState.Done, await portal.ChosenStateAsync());
    }

    [Theory, BothDatabases]
    public async Task A_wish_that_ran_out_before_its_turn_buys_nothing(Db db)
    {
        foreach (var late in new[] { false, true })
        {
            await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
            var asha = await portal.ReadyToPayAsync();
            await asha.TopUpAsync(1000);
            portal.Clock.Advance(ChoosePlan.Life + (late ? PlanLife.Moment : TimeSpan.Zero));
            await portal.DeliverAsync();
            Assert.Equal((late, late ? 0 : 1), (late, await portal.ReadAsync(d => d.Purchases.CountAsync())));
        }
    }

    [Theory, BothDatabases]
    public async Task A_wish_that_was_withdrawn_before_its_turn_buys_nothing(Db db)
    {
        foreach (var withdrawn in new[] { false, true })
        {
            await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
            var asha = await portal.ReadyToPayAsync();
            await asha.TopUpAsync(1000);
            if (withdrawn)
                (await asha.PostAsync("/plan/withdraw", new { })).Expect(200);
            await portal.DeliverAsync();
            Assert.Equal(
                (withdrawn, withdrawn ? 0 : 1),
                (withdrawn, await portal.ReadAsync(d => d.Purchases.CountAsync()))
            );
        }
    }

    /// <summary>
    /// One statement sees the whole purchase or nothing of it, so the page never shows that no plan is chosen.
    /// </summary>
    [Theory, BothDatabases]
    public async Task A_purchase_in_the_middle_of_a_look_is_seen_whole(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.ReadyToPayAsync();
        await asha.TopUpAsync(1000);
        await using var store = portal.Database.OpenWrite();
        using var tap = new StatementTap(store.Database.GetDbConnection());
        var bought = 0;
        tap.After = sql =>
        {
            if (sql.Contains("purchase_intents", StringComparison.Ordinal) && Interlocked.Exchange(ref bought, 1) == 0)
                Task.Run(portal.DeliverAsync).GetAwaiter().GetResult();
        };
        var page = (await asha.Browser.OpenAsync("/kyc/return")).Expect(200).Body;
        Assert.Equal(PurchaseIntentState.Done, await portal.ChosenStateAsync());
        Assert.Contains("id=\"journey\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Open →", page, StringComparison.Ordinal);
        Assert.Contains(
            "Open →",
            Markup.Text((await asha.Browser.OpenAsync("/start/progress")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task An_empty_pool_charges_nothing_and_the_person_is_told(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.ReadyToPayAsync();
        await asha.TopUpAsync(1000);
        await portal.DeliverAsync();
        var intent = await portal.ReadAsync(d => d.PurchaseIntents.SingleAsync());
        Assert.Equal((PurchaseIntentState.Refused, "pool.empty"), (intent.State, intent.RefusedCode));
        Assert.Equal(
            (0, 10_000_000),
            await portal.ReadAsync(async d =>
                (await d.Purchases.CountAsync(), await d.Accounts.Select(a => a.Balance).SingleAsync())
            )
        );
        var page = Markup.Text((await asha.Browser.OpenAsync("/start")).Expect(200).Body);
        Assert.Contains(
            "No machine is free right now. Nothing was charged and your slot is untouched.",
            page,
            StringComparison.Ordinal
        );
        (await portal.RefreshPoolAsync(Portal.Machines(1))).Expect(200);
        var again = (
            await asha.Browser.SubmitAsync(
                "/start",
                "/plan/buy",
                new Dictionary<string, string> { ["=start_now"] = "true" }
            )
        ).Expect(303);
        Assert.StartsWith("/dashboard?bought=", again.Location, StringComparison.Ordinal);
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        // The chosen plan was bought: after its end it is not offered again as still to be bought.
        Assert.Equal(PurchaseIntentState.Done, await portal.ChosenStateAsync());
        portal.Clock.Advance(TimeSpan.FromDays(31));
        var later = (await (await portal.SignUpAsync("asha")).Browser.OpenAsync("/start")).Expect(200).Body;
        Assert.Contains("<title>Plans", later, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"journey\"", later, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task After_seven_days_nothing_is_bought_by_itself(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.ReadyToPayAsync();
        portal.Clock.Advance(ChoosePlan.Life + TimeSpan.FromMilliseconds(1));
        await asha.TopUpAsync(1000);
        await portal.DeliverAsync();
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task A_crash_around_the_purchase_ends_in_exactly_one(Db db)
    {
        foreach (var point in new[] { "before commit", "after commit", "after delivery" })
        {
            await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
            var asha = await portal.ReadyToPayAsync();
            await asha.TopUpAsync(1000);
            portal.Crash.Hook = (at, act) =>
            {
                if (at == point && act is "plan.buy_chosen" or CompletePurchase.Kind)
                    throw new InvalidOperationException("The power is gone.");
            };
            try
            {
                await portal.DeliverAsync();
            }
            catch (InvalidOperationException)
            { /* as the process would end */
            }
            await portal.RestartAsync();
            portal.Clock.Advance(OutboxRunner.Lease + TimeSpan.FromMinutes(1));
            await portal.DeliverAsync();
            Assert.Equal(
                (1, 1, 0),
                await portal.ReadAsync(async d =>
                    (
                        await d.Purchases.CountAsync(),
                        await d.VmAllocations.CountAsync(),
                        (int)await d.Accounts.Select(a => a.Balance).SingleAsync()
                    )
                )
            );
            Assert.Equal(PurchaseIntentState.Done, await portal.ChosenStateAsync());
        }
    }

    [Theory, BothDatabases]
    public async Task Buying_by_hand_while_it_completes_by_itself_buys_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(10));
        var asha = await portal.ReadyToPayAsync();
        await asha.TopUpAsync(2000);
        var all = await Task.WhenAll([
            portal.DeliverAsync().ContinueWith(_ => 0, TaskScheduler.Default),
            .. Enumerable.Range(0, 8).Select(async _ => (int)(await asha.BuyPlanAsync(startNow: true)).Status),
            asha.ChoosePlanAsync().ContinueWith(_ => 0, TaskScheduler.Default),
        ]);
        await portal.DeliverAsync();
        Assert.DoesNotContain(500, all);
        Assert.Equal(
            (1, 10_000_000),
            await portal.ReadAsync(async d =>
                (await d.Purchases.CountAsync(), await d.Accounts.Select(a => a.Balance).SingleAsync())
            )
        );
    }
}

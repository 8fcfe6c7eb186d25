using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>What the provider's events do to a payment.</summary>
public sealed class SettlingPayments
{
    [Theory, BothDatabases]
    public async Task Paid_money_is_credited_once_with_its_receipt(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync(1234);
        var told = paying.Stripe.Pay(checkout);
        Assert.Equal("credited", await paying.TellAsync(told));
        Assert.Equal("repeated", await paying.TellAsync(told));
        Assert.Equal("repeated", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Completed, checkout)));
        await paying.ExpectBooksAsync(1234);
        var transfer = await paying.Portal.ReadAsync(d => d.Transfers.SingleAsync());
        Assert.Equal(
            ("stripe", TransferKind.TopUp, "stripe:" + checkout, "system:stripe"),
            (transfer.Debit, transfer.Kind, transfer.Reference, transfer.Actor)
        );
        Assert.Equal(
            transfer.Sid,
            await paying.Portal.ReadAsync(d => d.Receipts.Select(r => r.TransferSid).SingleAsync())
        );
        var payment = await paying.PaymentAsync(sid);
        Assert.Equal(
            (PaymentState.Credited, null, paying.Stripe.Sessions.Single().PaymentIntent),
            (payment.State, payment.Url, payment.PaymentId)
        );
        Assert.Equal(
            ["credited", "repeated"],
            await paying.Portal.ReadAsync(d => d.PaymentEvents.OrderBy(e => e.Sid).Select(e => e.Outcome).ToListAsync())
        );
        Assert.Contains(
            "Credit added",
            (await paying.Asha.Browser.OpenAsync("/credit")).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Money_that_comes_later_is_credited_when_it_comes(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        Assert.Equal("checking", await paying.TellAsync(paying.Stripe.PayLater(checkout)));
        Assert.Equal(PaymentState.Checking, (await paying.PaymentAsync(sid)).State);
        await paying.ExpectBooksAsync(0);
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.MoneyArrives(checkout)));
        await paying.ExpectBooksAsync(1000);
    }

    [Theory, BothDatabases]
    public async Task Money_that_never_comes_ends_not_paid(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        var completed = paying.Stripe.PayLater(checkout);
        // Out of order: the end before the beginning.
        Assert.Equal("not_paid", await paying.TellAsync(paying.Stripe.MoneyDoesNotArrive(checkout)));
        Assert.Equal("repeated", await paying.TellAsync(completed));
        Assert.Equal((PaymentState.NotPaid, "failed"), await StateAsync(paying, sid));
        await paying.ExpectBooksAsync(0);
    }

    [Theory, BothDatabases]
    public async Task An_expired_checkout_is_not_paid_but_money_is_never_turned_away(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        Assert.Equal("not_paid", await paying.TellAsync(paying.Stripe.Expire(checkout)));
        Assert.Equal((PaymentState.NotPaid, "expired"), await StateAsync(paying, sid));
        paying.Stripe.Twist(checkout, StripeTwist.PaymentStatus("paid"));
        Assert.Equal(
            "credited",
            await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.AsyncPaymentSucceeded, checkout))
        );
        Assert.Equal((PaymentState.Credited, null), await StateAsync(paying, sid));
        Assert.Equal("repeated", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Expired, checkout)));
        await paying.ExpectBooksAsync(1000);
    }

    [Fact]
    public async Task Nothing_to_pay_counts_as_paid_only_for_the_amount_that_was_asked()
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twist(checkout, StripeTwist.PaymentStatus("no_payment_required"));
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        await paying.ExpectBooksAsync(1000);
    }

    [Fact]
    public async Task An_event_of_another_version_of_the_API_is_understood()
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twists.NextEvent(StripeTwist.ApiVersion("2019-05-16"));
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(checkout)));
    }

    [Fact]
    public async Task Events_about_something_else_are_taken_and_leave_no_row()
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        var before = await paying.Portal.FactsAsync();
        Assert.Equal(
            "ignored",
            await paying.TellAsync(
                paying.Stripe.ExtraEvent(
                    "charge.refunded",
                    new System.Text.Json.Nodes.JsonObject { ["id"] = "ch_1", ["object"] = "charge" }
                )
            )
        );
        Assert.Equal("ignored", await paying.TellAsync(paying.Stripe.ExtraEvent("checkout.session.created", checkout)));
        Assert.Equal(before, await paying.Portal.FactsAsync());
    }

    /// <summary>The process died after Stripe had made the checkout and before its id was committed.</summary>
    [Theory, BothDatabases]
    public async Task A_checkout_whose_id_was_never_committed_is_adopted_by_our_reference_in_it(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        paying.Portal.Crash.Hook = (point, act) =>
        {
            if (act == "payment.checkout" && point == "before commit")
                throw new InvalidOperationException("power cut");
        };
        (await paying.IntentAsync()).Expect(500);
        await paying.RestartAsync();
        var session = Assert.Single(paying.Stripe.Sessions);
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(session.Id)));
        Assert.Equal("repeated", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Completed, session.Id)));
        Assert.Equal(session.Id, (await paying.PaymentAsync(session.ClientReferenceId!)).CheckoutId);
        await paying.ExpectBooksAsync(1000);
    }

    [Theory, BothDatabases]
    public async Task Of_two_checkouts_of_one_payment_one_is_credited_and_the_other_waits_for_an_operator(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        paying.Stripe.Create.Next(StripeAnswer.ServerErrorAfterWork);
        (await paying.IntentAsync()).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        var sid = (await paying.IntentAsync()).Expect(201).Text("sid");
        Assert.Equal(2, paying.Stripe.Sessions.Count);
        var kept = (await paying.PaymentAsync(sid)).CheckoutId!;
        var stray = paying.Stripe.Sessions.Single(s => s.Id != kept).Id;
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(stray)));
        Assert.Equal(PaymentState.Open, (await paying.PaymentAsync(sid)).State);
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(kept)));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Completed, stray)));
        await paying.ExpectBooksAsync(1000);
        var item = await paying.Portal.ReadAsync(d => d.Suspense.SingleAsync());
        Assert.Equal((stray, sid, Money.FromCents(1000)), (item.CheckoutId, item.IntentSid, item.Booked));
    }

    [Theory, BothDatabases]
    public async Task A_stray_checkout_that_ends_moves_nothing(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        paying.Stripe.Create.Next(StripeAnswer.ServerErrorAfterWork);
        await paying.IntentAsync();
        var sid = (await paying.IntentAsync()).Expect(201).Text("sid");
        var stray = paying.Stripe.Sessions[0].Id;
        Assert.Equal("ignored", await paying.TellAsync(paying.Stripe.Expire(stray)));
        Assert.Equal(PaymentState.Open, (await paying.PaymentAsync(sid)).State);
    }

    [Theory, BothDatabases]
    public async Task Money_that_arrives_completes_what_waits_for_it(Db db)
    {
        await using var paying = await Paying.StartAsync(db, pool: Portal.Machines(1));
        await paying.Portal.Units.RunAsync(
            "test.wish",
            Actor.System("test"),
            unit =>
            {
                unit.Db.PurchaseIntents.Add(
                    new PurchaseIntent
                    {
                        Sid = unit.NewSid(),
                        AccountSid = paying.Asha.Sid,
                        PlanId = "vms-5",
                        Price = Money.FromCents(1000),
                        State = PurchaseIntentState.Waiting,
                        CreatedAt = unit.Now,
                        ExpiresAt = unit.Now.AddDays(1),
                    }
                );
                return Task.CompletedTask;
            }
        );
        var (_, checkout) = await paying.OpenAsync(1000);
        await paying.TellAsync(paying.Stripe.Pay(checkout));
        await paying.Portal.DeliverAsync();
        await paying.ExpectBooksAsync(0);
        Assert.Equal(1, await paying.Portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Credit_from_an_operator_completes_it_too(Db db)
    {
        await using var paying = await Paying.StartAsync(db, pool: Portal.Machines(1));
        await paying.Portal.Units.RunAsync(
            "test.wish",
            Actor.System("test"),
            unit =>
            {
                unit.Db.PurchaseIntents.Add(
                    new PurchaseIntent
                    {
                        Sid = unit.NewSid(),
                        AccountSid = paying.Asha.Sid,
                        PlanId = "vms-5",
                        Price = Money.FromCents(1000),
                        State = PurchaseIntentState.Waiting,
                        CreatedAt = unit.Now,
                        ExpiresAt = unit.Now.AddDays(1),
                    }
                );
                return Task.CompletedTask;
            }
        );
        await paying.Asha.TopUpAsync(1000);
        await paying.Portal.DeliverAsync();
        Assert.Equal(1, await paying.Portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    internal static async Task<(PaymentState, string?)> StateAsync(Paying paying, string sid) =>
        await paying.PaymentAsync(sid) is var p ? (p.State, p.Reason) : default;
}

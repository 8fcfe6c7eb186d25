using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// Genuine events about payments that match no intent go to suspense: no account is credited, and an operator decides
/// once.
/// </summary>
public sealed class MismatchedPayments
{
    public static TheoryData<Db, string, long> Kinds { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from kind in new[]
            {
                ("amount", 900L),
                ("less than nothing", 0L),
                ("ten million dollars", 1_000_000_000L),
                ("a cent more than ten million dollars", 0L),
                ("currency", 0L),
                ("mode", 0L),
                ("reference", 1000L),
                ("unknown checkout", 1000L),
            }
            select (db, kind.Item1, kind.Item2)
        );

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task It_is_put_aside_once_and_booked_only_where_it_is_our_money(Db db, string kind, long bookedCents)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        paying.Stripe.Twist(checkout, TwistOf(kind));
        var told = paying.Stripe.Pay(checkout);
        Assert.Equal("suspense", await paying.TellAsync(told));
        Assert.Equal("repeated", await paying.TellAsync(told));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Completed, checkout)));
        await paying.ExpectBooksAsync(0);
        var item = await paying.Portal.ReadAsync(d => d.Suspense.SingleAsync());
        Assert.Equal((Money.FromCents(bookedCents), SuspenseState.Open), (item.Booked, item.State));
        Assert.EndsWith(".", item.Why, StringComparison.Ordinal);
        var transfers = await paying.Portal.ReadAsync(d => d.Transfers.ToListAsync());
        Assert.Equal(bookedCents == 0 ? 0 : 1, transfers.Count);
        Assert.All(
            transfers,
            t => Assert.Equal(("stripe", "suspense", TransferKind.SuspenseIn), (t.Debit, t.Credit, t.Kind))
        );
        // A customer who has paid is not asked to pay.
        Assert.Equal(
            kind == "unknown checkout" ? PaymentState.Open : PaymentState.Checking,
            (await paying.PaymentAsync(sid)).State
        );
    }

    [Fact]
    public async Task What_was_not_paid_and_fits_nothing_moves_nothing()
    {
        await using var paying = await Paying.StartAsync();
        foreach (var kind in new[] { "amount", "currency", "mode", "reference" })
        {
            var (sid, checkout) = await paying.OpenAsync();
            paying.Stripe.Twist(checkout, TwistOf(kind));
            Assert.Equal("ignored", await paying.TellAsync(paying.Stripe.PayLater(checkout)));
            Assert.Equal("ignored", await paying.TellAsync(paying.Stripe.MoneyDoesNotArrive(checkout)));
            Assert.Equal("ignored", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Expired, checkout)));
            Assert.Equal(PaymentState.Open, (await paying.PaymentAsync(sid)).State);
        }
        Assert.Equal(0, await paying.Portal.ReadAsync(d => d.Suspense.CountAsync()));
    }

    [Fact]
    public async Task A_missing_reference_does_no_harm_where_the_checkout_is_ours()
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twist(checkout, StripeTwist.NoReference);
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(checkout)));
    }

    /// <summary>As after a change from test to live keys, the other way round.</summary>
    [Fact]
    public async Task A_payment_of_the_mode_before_is_never_credited_as_money_of_this_one()
    {
        await using var paying = await Paying.StartAsync();
        var (_, checkout) = await paying.OpenAsync();
        await paying.Portal.AcceptsAsync("UPDATE payment_intents SET live = true");
        paying.Stripe.Twist(checkout, StripeTwist.OtherMode);
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        Assert.Equal(0, await paying.Portal.ReadAsync(d => d.Suspense.Select(s => s.Booked).SingleAsync()));
        await paying.ExpectBooksAsync(0);
    }

    [Theory, BothDatabases]
    public async Task What_was_put_aside_is_not_credited_by_a_better_word_later(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twists.NextEvent(StripeTwist.Amount(900));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Completed, checkout)));
        await paying.ExpectBooksAsync(0);
    }

    [Theory, BothDatabases]
    public async Task Another_amount_for_what_was_credited_already_is_seen_but_not_booked(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        paying.Stripe.Twists.NextEvent(StripeTwist.Amount(5000));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.ExtraEvent(StripeEvent.Completed, checkout)));
        var item = await paying.Portal.ReadAsync(d => d.Suspense.SingleAsync());
        Assert.Equal(0, item.Booked);
        Assert.EndsWith(" It was credited before.", item.Why, StringComparison.Ordinal);
        Assert.Equal(PaymentState.Credited, (await paying.PaymentAsync(sid)).State);
        await paying.ExpectBooksAsync(1000);
    }

    [Theory, BothDatabases]
    public async Task An_operator_assigns_it_once_and_the_customer_sees_why(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        var item = await PutAsideAsync(paying, checkout, "amount");
        (await ResolveAsync(paying, item, "assign", paying.Asha.Sid, 900)).ExpectRefusal(CreditRefusals.AmountInvalid);
        (await ResolveAsync(paying, item, "assign", "01ARZ3NDEKTSV4RRFFQ69G5FAV")).ExpectRefusal(Refusals.NotFound);
        (await ResolveAsync(paying, item, "assign", null)).ExpectRefusal(Refusals.NotFound);
        (await ResolveAsync(paying, item, "burn", paying.Asha.Sid)).ExpectRefusal(Refusals.BodyInvalid);
        (await ResolveAsync(paying, item, "assign", paying.Asha.Sid, reason: "x")).ExpectRefusal(
            Refusals.ReasonRequired
        );
        (await ResolveAsync(paying, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "assign", paying.Asha.Sid)).ExpectRefusal(
            Refusals.NotFound
        );
        await paying.ExpectBooksAsync(0);
        var answer = (await ResolveAsync(paying, item, "assign", paying.Asha.Sid)).Expect(200);
        Assert.Equal(("assigned", 900), (answer.Text("state"), answer.Number("amount_cents")));
        foreach (var action in new[] { "assign", "refunded" })
            (await ResolveAsync(paying, item, action, action == "assign" ? paying.Asha.Sid : null)).ExpectRefusal(
                PaymentRefusals.SuspenseResolved
            );
        await paying.ExpectBooksAsync(900);
        Assert.Equal(0, await SuspenseSumAsync(paying));
        Assert.Equal(PaymentState.Credited, (await paying.PaymentAsync(sid)).State);
        Assert.Contains(
            "Payment assigned by the operator: the card was charged 9 dollars",
            (await paying.Asha.Browser.OpenAsync("/credit")).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Assigned_to_somebody_else_it_is_over_for_whose_payment_it_was(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        var item = await PutAsideAsync(paying, checkout, "amount");
        var juma = await paying.Portal.SignUpAsync("juma");
        (await ResolveAsync(paying, item, "assign", juma.Sid)).Expect(200);
        Assert.Equal((PaymentState.NotPaid, "assigned"), await SettlingPayments.StateAsync(paying, sid));
        var page = Markup.Text(
            (await paying.Asha.Browser.OpenAsync("/payment/return?payment=" + sid)).Expect(200).Body
        );
        Assert.Contains("Not paid, settled otherwise", page, StringComparison.Ordinal);
        Assert.DoesNotContain("credit comes by itself", page, StringComparison.Ordinal);
        Assert.Equal(0, await SuspenseSumAsync(paying));
    }

    [Theory, BothDatabases]
    public async Task What_was_refunded_there_leaves_suspense_here(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        var item = await PutAsideAsync(paying, checkout, "amount");
        Assert.Equal(Money.FromCents(900), await SuspenseSumAsync(paying));
        (await ResolveAsync(paying, item, "refunded", null, 5)).ExpectRefusal(CreditRefusals.AmountInvalid);
        Assert.Equal("refunded", (await ResolveAsync(paying, item, "refunded", null)).Expect(200).Text("state"));
        (await ResolveAsync(paying, item, "assign", paying.Asha.Sid)).ExpectRefusal(PaymentRefusals.SuspenseResolved);
        Assert.Equal(0, await SuspenseSumAsync(paying));
        await paying.ExpectBooksAsync(0);
        Assert.Equal((PaymentState.NotPaid, "refunded"), await SettlingPayments.StateAsync(paying, sid));
        Assert.Contains(
            "Not paid, money returned",
            (await paying.Asha.Browser.OpenAsync("/payment/return?payment=" + sid)).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task What_was_not_booked_needs_its_worth(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        var item = await PutAsideAsync(paying, checkout, "currency");
        foreach (var cents in new long?[] { null, 0, -5, AdjustCredit.MostCents + 1 })
            (await ResolveAsync(paying, item, "assign", paying.Asha.Sid, cents)).ExpectRefusal(
                CreditRefusals.AmountInvalid
            );
        (await ResolveAsync(paying, item, "assign", paying.Asha.Sid, 385)).Expect(200);
        await paying.ExpectBooksAsync(385);
        Assert.Equal(0, await SuspenseSumAsync(paying));
    }

    [Theory, BothDatabases]
    public async Task Many_operators_at_once_decide_once(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        var item = await PutAsideAsync(paying, checkout, "amount");
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(n =>
                    ResolveAsync(paying, item, n % 2 == 0 ? "assign" : "refunded", n % 2 == 0 ? paying.Asha.Sid : null)
                )
        );
        Assert.Equal(1, replies.Count(r => (int)r.Status == 200));
        Assert.Equal(11, replies.Count(r => r.Code == PaymentRefusals.SuspenseResolved.Code));
        Assert.Equal(0, await SuspenseSumAsync(paying));
        Assert.True((await paying.Portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    internal static async Task<string> PutAsideAsync(Paying paying, string checkout, string kind)
    {
        paying.Stripe.Twist(checkout, TwistOf(kind));
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        return await paying.Portal.ReadAsync(d =>
            d.Suspense.Where(s => s.State == SuspenseState.Open).Select(s => s.Sid).SingleAsync()
        );
    }

    private static Task<Reply> ResolveAsync(
        Paying paying,
        string item,
        string action,
        string? user,
        long? cents = null,
        string reason = "the card was charged 9 dollars"
    ) =>
        paying.Portal.AdminPostAsync(
            "/admin/suspense-resolve",
            new
            {
                suspense_sid = item,
                action,
                user_sid = user,
                amount_cents = cents,
                reason,
            }
        );

    private static Task<long> SuspenseSumAsync(Paying paying) =>
        paying.Portal.ReadAsync(async d =>
            await d.Transfers.Where(t => t.Credit == "suspense").SumAsync(t => t.Amount)
            - await d.Transfers.Where(t => t.Debit == "suspense").SumAsync(t => t.Amount)
        );

    private static StripeTwist TwistOf(string kind) =>
        kind switch
        {
            "amount" => StripeTwist.Amount(900),
            "ten million dollars" => StripeTwist.Amount(1_000_000_000),
            "a cent more than ten million dollars" => StripeTwist.Amount(1_000_000_001),
            "less than nothing" => StripeTwist.Amount(-1000),
            "currency" => StripeTwist.Currency("tzs"),
            "mode" => StripeTwist.OtherMode,
            "reference" => StripeTwist.Reference("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            _ => new StripeTwist(Session: s =>
            {
                s["id"] = "cs_test_somebodyElses";
                s["client_reference_id"] = "order-77";
                s["metadata"] = null;
            }),
        };
}

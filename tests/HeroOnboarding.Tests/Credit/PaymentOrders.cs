using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// Events in any order, repeated, with crashes before and after every commit: one credit where money was paid, none
/// where it was not.
/// </summary>
public sealed class PaymentOrders
{
    private sealed class PowerCut : Exception
    {
        public PowerCut()
            : base("power cut") { }
    }

    public static TheoryData<Db, string, bool> Stories { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from story in new[]
            {
                ("paid", true),
                ("later, arrives", true),
                ("later, never", false),
                ("expires", false),
                ("expires, then paid", true),
            }
            select (db, story.Item1, story.Item2)
        );

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task End_with_one_credit_or_none(Db db, string story, bool paid)
    {
        await using var paying = await Paying.StartAsync(db);
        var random = new Random(20261124);
        var sum = 0L;
        for (var round = 0; round < 6; round++)
        {
            var cents = 500 + round;
            var checkout = await OpenAsync(paying, cents, random);
            var events = Happen(paying.Stripe, checkout, story);
            // Each event at least once; some repeated, some by another event about the same checkout.
            List<StripeEvent> told =
            [
                .. events,
                .. events.Where(_ => random.Next(2) == 0),
                .. events.Select(e => paying.Stripe.ExtraEvent(e.Type, checkout)).Where(_ => random.Next(2) == 0),
            ];
            var order = told.ToArray();
            random.Shuffle(order);
            foreach (var one in order)
                await TellAsync(paying, one, checkout, random);
            sum += paid ? cents : 0;
            await paying.ExpectBooksAsync(sum);
        }
        Assert.Equal(
            paid ? 6 : 0,
            await paying.Portal.ReadAsync(d => d.Transfers.CountAsync(t => t.Kind == TransferKind.TopUp))
        );
        Assert.Equal(0, await paying.Portal.ReadAsync(d => d.Suspense.CountAsync()));
        var ends = await paying.Portal.ReadAsync(d => d.PaymentIntents.Select(p => p.State).Distinct().ToListAsync());
        Assert.Equal([paid ? PaymentState.Credited : PaymentState.NotPaid], ends);
    }

    [Theory, BothDatabases]
    public async Task Fifty_identical_words_at_once_credit_once(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        var told = paying.Stripe.Pay(checkout);
        var deliveries = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => paying.Stripe.DeliverAsync(told)));
        Assert.All(deliveries, d => Assert.True(d.Taken, $"{d.Status} {d.Answer}"));
        Assert.Equal(1, deliveries.Count(d => d.Answer.Contains("credited", StringComparison.Ordinal)));
        await paying.ExpectBooksAsync(1000);
        Assert.Equal(1, await paying.Portal.ReadAsync(d => d.PaymentEvents.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Fifty_different_events_about_one_payment_at_once_credit_once(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Pay(checkout);
        var events = Enumerable
            .Range(0, 50)
            .Select(_ => paying.Stripe.ExtraEvent(StripeEvent.Completed, checkout))
            .ToList();
        Assert.All(
            await Task.WhenAll(events.Select(paying.Stripe.DeliverAsync)),
            d => Assert.True(d.Taken, $"{d.Status} {d.Answer}")
        );
        await paying.ExpectBooksAsync(1000);
    }

    [Theory, BothDatabases]
    public async Task Fifty_identical_words_that_fit_nothing_are_put_aside_once(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        paying.Stripe.Twist(checkout, StripeTwist.Amount(1));
        var told = paying.Stripe.Pay(checkout);
        Assert.All(
            await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => paying.Stripe.DeliverAsync(told))),
            d => Assert.True(d.Taken, $"{d.Status} {d.Answer}")
        );
        Assert.Equal(1, await paying.Portal.ReadAsync(d => d.Suspense.CountAsync()));
        Assert.Equal(1, await paying.Portal.ReadAsync(d => d.Transfers.CountAsync()));
    }

    /// <summary>Half of the time the process dies before it can keep the checkout's id.</summary>
    private static async Task<string> OpenAsync(Paying paying, long cents, Random random)
    {
        if (random.Next(2) == 0)
            return (await paying.OpenAsync(cents)).Checkout;
        paying.Portal.Crash.Hook = (point, act) =>
        {
            if (act == "payment.checkout" && point == "before commit")
                throw new PowerCut();
        };
        (await paying.IntentAsync(cents)).Expect(500);
        await paying.RestartAsync();
        return paying.Stripe.Sessions[^1].Id;
    }

    private static List<StripeEvent> Happen(StripeSimulator stripe, string checkout, string story)
    {
        switch (story)
        {
            case "paid":
                return [stripe.Pay(checkout)];
            case "later, arrives":
                return [stripe.PayLater(checkout), stripe.MoneyArrives(checkout)];
            case "later, never":
                return [stripe.PayLater(checkout), stripe.MoneyDoesNotArrive(checkout)];
            case "expires":
                return [stripe.Expire(checkout)];
            default:
                var expired = stripe.Expire(checkout);
                stripe.Twist(checkout, StripeTwist.PaymentStatus("paid"));
                return [expired, stripe.ExtraEvent(StripeEvent.AsyncPaymentSucceeded, checkout)];
        }
    }

    /// <summary>
    /// The provider repeats an event until it is answered 2xx. The process may die before or after its commit, and the
    /// customer opens the payment meanwhile.
    /// </summary>
    private static async Task TellAsync(Paying paying, StripeEvent told, string checkout, Random random)
    {
        var crash = random.Next(4) switch
        {
            0 => "before commit",
            1 => "after commit",
            _ => null,
        };
        if (crash is not null)
            paying.Portal.Crash.Hook = (point, act) =>
            {
                if (act == "payment.settle" && point == crash)
                    throw new PowerCut();
            };
        var first = await paying.Stripe.DeliverAsync(told);
        if (random.Next(3) == 0)
        {
            paying.Portal.Crash.Hook = null;
            await paying.Asha.Browser.OpenAsync("/payment/return?session_id=" + checkout);
        }
        paying.Portal.Crash.Hook = null;
        // A restart loses what is in memory only; the store is the same either way.
        if (crash is not null && random.Next(5) == 0)
            await paying.RestartAsync();
        if (!first.Taken)
            await paying.TellAsync(told);
    }
}

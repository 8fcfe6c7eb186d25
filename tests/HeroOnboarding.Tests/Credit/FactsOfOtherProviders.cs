using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// Ids of events and checkouts are unique only within their provider: rows of another provider with the same id neither
/// hold up nor take what Stripe reports.
/// </summary>
public sealed class FactsOfOtherProviders
{
    [Theory, BothDatabases]
    public async Task An_event_of_another_provider_with_this_id_is_another_event(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        var told = paying.Stripe.Pay(checkout);
        await paying.Portal.AcceptsAsync(
            "INSERT INTO payment_events (sid, provider, external_id, type, checkout_id, outcome, received_at) "
                + "VALUES ('01JDDDDDDDDDDDDDDDDDDDDDDA', 'other', {0}, 'paid', 'c', 'credited', 1)",
            told.Id
        );
        Assert.Equal("credited", await paying.TellAsync(told));
        Assert.Equal("repeated", await paying.TellAsync(told));
        await paying.ExpectBooksAsync(1000);
    }

    [Theory, BothDatabases]
    public async Task A_payment_of_another_provider_is_not_credited_by_Stripe(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        await paying.Portal.AcceptsAsync("UPDATE payment_intents SET provider = 'other'");
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        Assert.Equal(PaymentState.Open, (await paying.PaymentAsync(sid)).State);
        await paying.ExpectBooksAsync(0);
    }

    [Theory, BothDatabases]
    public async Task What_another_provider_put_aside_under_this_id_does_not_hold_it_up(Db db)
    {
        foreach (var (provider, outcome) in new[] { ("other", "credited"), ("stripe", "suspense") })
        {
            await using var paying = await Paying.StartAsync(db);
            var (_, checkout) = await paying.OpenAsync();
            await PutAsideAsync(paying, provider, checkout);
            Assert.Equal(outcome, await paying.TellAsync(paying.Stripe.Pay(checkout)));
        }
    }

    /// <summary>Only credit is withheld: the end of a checkout in suspense is recorded.</summary>
    [Theory, BothDatabases]
    public async Task A_checkout_that_was_put_aside_may_still_end_unpaid(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        await PutAsideAsync(paying, "stripe", checkout);
        var settle = paying.Portal.Services.GetRequiredService<SettlePayment>();
        var settled = await settle.RunAsync(Fact(sid, checkout, CheckoutState.Failed), null);
        Assert.Equal(new Settled("not_paid", sid), settled);
        Assert.Equal("suspense", (await settle.RunAsync(Fact(sid, checkout, CheckoutState.Paid), null)).Outcome);
        Assert.Equal(PaymentState.NotPaid, (await paying.PaymentAsync(sid)).State);
        await paying.ExpectBooksAsync(0);
    }

    /// <summary>The live keys of another provider do not make Stripe's test keys live.</summary>
    [Theory, BothDatabases]
    public async Task The_mode_of_another_provider_does_not_count(Db db)
    {
        foreach (var (name, outcome, booked) in new[] { ("other", "suspense", 0L), ("stripe", "credited", 1000L) })
        {
            await using var paying = await Paying.StartAsync(db);
            var (sid, checkout) = await paying.OpenAsync();
            await paying.Portal.AcceptsAsync("UPDATE payment_intents SET live = true");
            var stripe = paying.Portal.Services.GetServices<IPayments>();
            var settle = new SettlePayment(
                paying.Portal.Units,
                paying.Portal.Database,
                [.. stripe, new Live(name)],
                CompletePurchase.ReadyAsync
            );
            var fact = Fact(sid, checkout, CheckoutState.Paid) with { Live = true };
            Assert.Equal(outcome, (await settle.RunAsync(fact, null)).Outcome);
            Assert.All(
                await paying.Portal.ReadAsync(d => d.Suspense.Select(s => s.Booked).ToListAsync()),
                worth => Assert.Equal(0, worth)
            );
            await paying.ExpectBooksAsync(booked);
        }
    }

    private static CheckoutReport Fact(string sid, string checkout, CheckoutState state) =>
        new("stripe", checkout, sid, "pi_1", state, 1000, "usd", Live: false);

    private static Task PutAsideAsync(Paying paying, string provider, string checkout) =>
        paying.Portal.AcceptsAsync(
            "INSERT INTO suspense_items (sid, provider, event_id, checkout_id, amount_minor, currency, live, booked, "
                + "why, state, created_at) "
                + "VALUES ('01JDDDDDDDDDDDDDDDDDDDDDDA', {0}, 'e', {1}, 1000, 'usd', false, 0, 'w', 'open', 1)",
            provider,
            checkout
        );

    /// <summary>A provider with live keys. Settling asks it nothing but its name and its mode.</summary>
    private sealed class Live(string name) : IPayments
    {
        public string Name => name;
        public string DisplayName => name;
        public PaymentWords Words => new(name, name);
        public bool IsLive => true;

        public Task<CheckoutStart> StartAsync(PaymentIntent intent, string? email, CancellationToken cancel) =>
            throw new NotSupportedException();

        public Task<CheckoutAnswer> ReadAsync(PaymentIntent intent, CancellationToken cancel) =>
            throw new NotSupportedException();

        public Task<CheckoutAnswer> CloseAsync(PaymentIntent intent, CancellationToken cancel) =>
            throw new NotSupportedException();
    }
}

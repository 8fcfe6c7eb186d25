using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Credit;

/// <summary>A portal and a simulated Stripe with one clock, and a verified customer.</summary>
internal sealed class Paying : IAsyncDisposable
{
    public const string Secret = "whsec_of_the_payment_tests";
    public const string Key = "sk_test_of_the_payment_tests";

    private readonly HttpClient toPortal;

    private Paying(Portal portal, StripeSimulator stripe)
    {
        (Portal, Stripe) = (portal, stripe);
        toPortal = new HttpClient(new ToPortal(portal));
        stripe.PortalClient = toPortal;
        stripe.WebhookUrl = new Uri(Portal.Base, "/webhooks/stripe");
    }

    public Portal Portal { get; }
    public StripeSimulator Stripe { get; }
    public Customer Asha { get; private set; } = null!;

    public static async Task<Paying> StartAsync(
        Db db = Db.Sqlite,
        IReadOnlyDictionary<string, string?>? environment = null,
        bool kestrel = false,
        FakeTimeProvider? clock = null,
        bool verified = true,
        string? pool = "[]"
    )
    {
        clock ??= new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var stripe = await StripeSimulator.StartAsync(
            new StripeOptions
            {
                WebhookSecret = Secret,
                ApiKey = Key,
                Time = clock,
            }
        );
        var settings = new Dictionary<string, string?>
        {
            ["STRIPE_SECRET_KEY"] = Key,
            ["STRIPE_WEBHOOK_SIGNING_KEY"] = Secret,
            ["STRIPE_API_URL"] = stripe.ApiBase,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            settings[name] = value;
        var portal = await Portal.StartAsync(db, pool, settings, kestrel: kestrel, clock: clock);
        portal.Wire.Allow(stripe.Address);
        var paying = new Paying(portal, stripe) { Asha = await portal.SignUpAsync("asha") };
        if (kestrel)
            stripe.WebhookUrl = new Uri(portal.Address, "/webhooks/stripe");
        if (kestrel)
            stripe.PortalClient = null;
        if (verified)
            await paying.Asha.PassKycAsync();
        return paying;
    }

    public Task<Reply> IntentAsync(long cents = 1000, string? key = null, Customer? who = null) =>
        (who ?? Asha).PostAsync("/payment/intent", new { amount_cents = cents }, key);

    public Task<Reply> CancelAsync(string sid, Customer? who = null) =>
        (who ?? Asha).PostAsync("/payment/cancel", new { payment_sid = sid });

    /// <summary>Opens a checkout and returns its ids.</summary>
    public async Task<(string Sid, string Checkout)> OpenAsync(long cents = 1000, Customer? who = null)
    {
        var sid = (await IntentAsync(cents, who: who)).Expect(201).Text("sid");
        return (sid, (await PaymentAsync(sid)).CheckoutId!);
    }

    public Task<PaymentIntent> PaymentAsync(string sid) =>
        Portal.ReadAsync(d => d.PaymentIntents.SingleAsync(p => p.Sid == sid));

    public Task<long> BalanceAsync(Customer? who = null) =>
        Portal.ReadAsync(d => d.Accounts.Where(a => a.Sid == (who ?? Asha).Sid).Select(a => a.Balance).SingleAsync());

    /// <summary>Delivers an event and returns what the portal recorded about it.</summary>
    public async Task<string> TellAsync(StripeEvent told)
    {
        var delivery = await Stripe.DeliverAsync(told);
        Assert.True(delivery.Taken, $"{delivery.Status} {delivery.Answer}");
        return System.Text.Json.JsonDocument.Parse(delivery.Answer).RootElement.GetProperty("outcome").GetString()!;
    }

    /// <summary>Asserts that every balance is the sum of its transfers.</summary>
    public async Task ExpectBooksAsync(long balanceCents)
    {
        Assert.Equal(Money.FromCents(balanceCents), await BalanceAsync());
        Assert.True((await Portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    public async Task RestartAsync(IReadOnlyDictionary<string, string?>? change = null)
    {
        await Portal.RestartAsync(change);
        Asha = Asha.Again();
    }

    public async ValueTask DisposeAsync()
    {
        await Stripe.DisposeAsync();
        await Portal.DisposeAsync();
        toPortal.Dispose();
    }
}

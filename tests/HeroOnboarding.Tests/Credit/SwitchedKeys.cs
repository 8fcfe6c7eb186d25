using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>
/// The operator exchanges test keys for live ones, or back, while payments are open. A payment of one mode is never
/// settled by money of the other.
/// </summary>
public sealed class SwitchedKeys
{
    private static readonly Dictionary<string, string?> LiveKeys = new()
    {
        ["STRIPE_SECRET_KEY"] = "sk_live_of_the_payment_tests",
        ["STRIPE_API_URL"] = null,
        ["TERMS_URL"] = "https://portal.example/terms",
        ["PRIVACY_URL"] = "https://portal.example/privacy",
        ["REFUND_POLICY_URL"] = "https://portal.example/refunds",
        ["SELLER_NAME"] = "Seller",
        ["SELLER_ADDRESS"] = "1 Street",
    };

    [Theory, BothDatabases]
    public async Task Live_money_for_a_test_payment_is_put_aside(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        await paying.RestartAsync(LiveKeys);
        paying.Stripe.Twist(checkout, StripeTwist.OtherMode);
        await ExpectPutAsideAsync(paying, sid, checkout, "It speaks of live money, the payment was a test.");
    }

    [Theory, BothDatabases]
    public async Task Test_money_for_a_live_payment_is_put_aside(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        await paying.Portal.AcceptsAsync("UPDATE payment_intents SET live = true");
        await ExpectPutAsideAsync(paying, sid, checkout, "It speaks of test money, the payment was live.");
    }

    [Theory, BothDatabases]
    public async Task Live_money_for_a_live_payment_is_credited(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync();
        await paying.RestartAsync(LiveKeys);
        await paying.Portal.AcceptsAsync("UPDATE payment_intents SET live = true");
        paying.Stripe.Twist(checkout, StripeTwist.OtherMode);
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        Assert.Equal(PaymentState.Credited, (await paying.PaymentAsync(sid)).State);
        await paying.ExpectBooksAsync(1000);
    }

    /// <summary>Our keys are of the money's mode, so it is booked, but to nobody.</summary>
    private static async Task ExpectPutAsideAsync(Paying paying, string sid, string checkout, string why)
    {
        Assert.Equal("suspense", await paying.TellAsync(paying.Stripe.Pay(checkout)));
        var item = await paying.Portal.ReadAsync(d => d.Suspense.SingleAsync());
        Assert.Equal((why, Money.FromCents(1000)), (item.Why, item.Booked));
        Assert.Equal(PaymentState.Checking, (await paying.PaymentAsync(sid)).State);
        await paying.ExpectBooksAsync(0);
    }
}

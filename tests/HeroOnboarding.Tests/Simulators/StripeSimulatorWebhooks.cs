using System.Net;
using System.Text.Json.Nodes;
using HeroOnboarding.Simulators.Stripe;
using Stripe;
using Stripe.Checkout;

namespace HeroOnboarding.Tests.Simulators;

public sealed class StripeSimulatorWebhooks
{
    [Fact]
    public async Task The_library_accepts_what_is_delivered_and_reads_the_session()
    {
        await using var shop = await StripeShop.OpenAsync();
        var made = await shop.OrderAsync();
        var paid = shop.Stripe.Pay(made.Id);
        Assert.Empty(shop.Door.Parcels);
        Assert.Equal(200, (await shop.Stripe.DeliverAsync(paid)).Status);
        var parcel = Assert.Single(shop.Door.Parcels);
        Assert.Contains(",v0=", parcel.Signature, StringComparison.Ordinal);
        Assert.Contains("\n  \"object\": \"event\"", parcel.Body, StringComparison.Ordinal);
        var told = shop.Understand(parcel);
        Assert.Equal(
            (paid.Id, EventTypes.CheckoutSessionCompleted, "2026-10-28.endive", false),
            (told.Id, told.Type, told.ApiVersion, told.Livemode)
        );
        var session = Assert.IsType<Session>(told.Data.Object);
        Assert.Equal(
            (made.Id, "complete", "paid", 1000),
            (session.Id, session.Status, session.PaymentStatus, session.AmountTotal)
        );
        Assert.StartsWith("pi_", session.PaymentIntentId, StringComparison.Ordinal);
        Assert.Null(session.Url);
        Assert.Equal("asha@example.com", session.CustomerDetails.Email);

        var live = await shop.OrderAsync(key: "sk_live_shop");
        await shop.Stripe.DeliverAsync(shop.Stripe.Pay(live.Id));
        Assert.DoesNotContain("v0", shop.Door.Parcels[1].Signature, StringComparison.Ordinal);
        Assert.True(shop.Understand(shop.Door.Parcels[1]).Livemode);
    }

    [Fact]
    public async Task Every_story_of_a_session_is_told_by_its_events()
    {
        await using var shop = await StripeShop.OpenAsync();
        var (good, bad, late, early) = (
            (await shop.OrderAsync()).Id,
            (await shop.OrderAsync()).Id,
            (await shop.OrderAsync()).Id,
            (await shop.OrderAsync()).Id
        );
        shop.Stripe.PayLater(good);
        shop.Stripe.PayLater(bad);
        shop.Stripe.MoneyArrives(good);
        shop.Stripe.MoneyDoesNotArrive(bad);
        shop.Stripe.Expire(early);
        shop.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(
            [
                (good, StripeEvent.Completed),
                (bad, StripeEvent.Completed),
                (good, StripeEvent.AsyncPaymentSucceeded),
                (bad, StripeEvent.AsyncPaymentFailed),
                (early, StripeEvent.Expired),
                (late, StripeEvent.Expired),
            ],
            shop.Stripe.Events.Select(e => (e.SessionId, e.Type))
        );
        Assert.Equal(("complete", "paid"), await StateAsync(shop, good));
        Assert.Equal(("complete", "unpaid"), await StateAsync(shop, bad));
        Assert.Equal(("expired", "unpaid"), await StateAsync(shop, late));
        Assert.Throws<InvalidOperationException>(() => shop.Stripe.Pay(late));
        Assert.Throws<InvalidOperationException>(() => shop.Stripe.MoneyArrives(bad));
        Assert.Throws<InvalidOperationException>(() => shop.Stripe.Pay("cs_test_unknown"));
    }

    [Fact]
    public async Task A_session_expires_at_its_own_time()
    {
        await using var shop = await StripeShop.OpenAsync();
        var soon = shop.Clock.GetUtcNow().UtcDateTime.AddMinutes(31);
        var id = (await shop.OrderAsync(order: StripeShop.Wish(change: o => o.ExpiresAt = soon))).Id;
        shop.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(("open", "unpaid"), await StateAsync(shop, id));
        shop.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(("expired", "unpaid"), await StateAsync(shop, id));
    }

    [Fact]
    public async Task Events_go_out_in_any_order_twice_tampered_late_or_never()
    {
        await using var shop = await StripeShop.OpenAsync();
        var id = (await shop.OrderAsync()).Id;
        var first = shop.Stripe.PayLater(id);
        var second = shop.Stripe.MoneyArrives(id);
        await shop.Stripe.DeliverAsync(second);
        await shop.Stripe.DeliverAsync(first);
        await shop.Stripe.DeliverAsync(first);
        Assert.Equal([second.Id, first.Id, first.Id], shop.Door.Parcels.Select(p => shop.Understand(p).Id));
        Assert.Equal(first.Payload, shop.Door.Parcels[2].Body);

        await shop.Stripe.SendAsync(
            first.Payload.Replace("1000", "9000", StringComparison.Ordinal),
            shop.Stripe.Sign(first.Payload)
        );
        Assert.Throws<StripeException>(() => shop.Understand(shop.Door.Parcels[3]));
        await shop.Stripe.SendAsync(first.Payload, signature: null);
        Assert.Null(shop.Door.Parcels[4].Signature);

        shop.Clock.Advance(TimeSpan.FromSeconds(301));
        Assert.Throws<StripeException>(() => shop.Understand(shop.Door.Parcels[0]));
        await shop.Stripe.DeliverAsync(first);
        Assert.Equal(first.Id, shop.Understand(shop.Door.Parcels[5]).Id);

        shop.Stripe.Lose(shop.Stripe.ExtraEvent("checkout.session.dreamt", id));
        Assert.Empty(await shop.Stripe.DeliverAllAsync());
    }

    [Fact]
    public async Task What_the_shop_does_not_take_is_offered_again()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Pay((await shop.OrderAsync()).Id);
        shop.Door.Answer(HttpStatusCode.InternalServerError, HttpStatusCode.Found);
        Assert.Equal([500], (await shop.Stripe.DeliverAllAsync()).Select(d => d.Status));
        Assert.False(Assert.Single(await shop.Stripe.DeliverAllAsync()).Taken);
        Assert.True(Assert.Single(await shop.Stripe.DeliverAllAsync()).Taken);
        Assert.Empty(await shop.Stripe.DeliverAllAsync());
        Assert.Equal(3, shop.Stripe.Deliveries.Count);
    }

    [Fact]
    public async Task One_fact_can_have_two_events_and_a_fact_can_be_told_that_never_was()
    {
        await using var shop = await StripeShop.OpenAsync();
        var id = (await shop.OrderAsync()).Id;
        shop.Stripe.Twists.EveryFactTwice = true;
        shop.Stripe.Pay(id);
        Assert.Equal(2, shop.Stripe.Events.Select(e => e.Id).Distinct().Count());
        shop.Stripe.ExtraEvent(StripeEvent.Expired, id);
        var charge = new JsonObject
        {
            ["id"] = "ch_1",
            ["object"] = "charge",
            ["amount_refunded"] = 500,
        };
        shop.Stripe.ExtraEvent("charge.refunded", charge);
        await shop.Stripe.DeliverAllAsync();
        var told = shop.Door.Parcels.ConvertAll(p => shop.Understand(p));
        Assert.Equal(
            [StripeEvent.Completed, StripeEvent.Completed, StripeEvent.Expired, "charge.refunded"],
            told.Select(e => e.Type)
        );
        Assert.Equal(500, Assert.IsType<Charge>(told[3].Data.Object).AmountRefunded);
    }

    [Fact]
    public async Task By_itself_it_delivers_after_the_change_and_tries_again_a_few_times()
    {
        await using var shop = await StripeShop.OpenAsync(
            new StripeOptions { AutoDeliver = true, Retries = [TimeSpan.Zero, TimeSpan.Zero] }
        );
        shop.Door.Answer(HttpStatusCode.ServiceUnavailable);
        shop.Stripe.Pay((await shop.OrderAsync()).Id);
        await shop.Stripe.DeliveredAsync();
        Assert.Equal([503, 200], shop.Stripe.Deliveries.Select(d => d.Status));

        shop.Door.Answer(HttpStatusCode.BadGateway, HttpStatusCode.BadGateway, HttpStatusCode.BadGateway);
        shop.Stripe.Pay((await shop.OrderAsync()).Id);
        await shop.Stripe.DeliveredAsync();
        Assert.Equal(5, shop.Stripe.Deliveries.Count);
        Assert.True(Assert.Single(await shop.Stripe.DeliverAllAsync()).Taken);
    }

    [Fact]
    public async Task Nobody_at_home_is_a_failed_delivery()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.PortalClient = null;
        shop.Stripe.WebhookUrl = new Uri("http://127.0.0.1:1/webhooks/stripe");
        var delivery = await shop.Stripe.DeliverAsync(shop.Stripe.Pay((await shop.OrderAsync()).Id));
        Assert.Null(delivery.Status);
        Assert.False(delivery.Taken);
    }

    private static async Task<(string Status, string PaymentStatus)> StateAsync(StripeShop shop, string id)
    {
        var session = await shop.ReadAsync(id);
        return (session.Status, session.PaymentStatus);
    }
}

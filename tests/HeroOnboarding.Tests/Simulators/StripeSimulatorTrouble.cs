using System.Net;
using HeroOnboarding.Simulators.Stripe;
using Stripe;

namespace HeroOnboarding.Tests.Simulators;

public sealed class StripeSimulatorTrouble
{
    [Fact]
    public async Task A_key_repeats_its_answer_refuses_other_parameters_and_ends_after_a_day()
    {
        await using var shop = await StripeShop.OpenAsync();
        var first = await shop.OrderAsync("key-1");
        shop.Stripe.Pay(first.Id);
        var repeat = await shop.OrderAsync("key-1");
        Assert.Equal((first.Id, "open"), (repeat.Id, repeat.Status));
        Assert.Equal("true", repeat.StripeResponse.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal([false, true], shop.Stripe.Calls.Select(c => c.Replayed));

        var other = await shop.RefusalAsync("key-1", StripeShop.Wish(2000));
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_error"), (other.HttpStatusCode, other.StripeError.Type));

        shop.Clock.Advance(TimeSpan.FromHours(24));
        Assert.NotEqual(first.Id, (await shop.OrderAsync("key-1")).Id);
    }

    [Fact]
    public async Task A_key_is_in_use_until_the_slow_answer_is_there()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Create.Next(StripeAnswer.Slow(TimeSpan.FromSeconds(30)));
        var slow = shop.OrderAsync("key-1");
        await UntilAsync(() => shop.Stripe.Calls.Count == 1);
        Assert.Equal(HttpStatusCode.Conflict, (await shop.RefusalAsync("key-1")).HttpStatusCode);
        Assert.False(slow.IsCompleted);
        shop.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((await slow).Id, (await shop.OrderAsync("key-1")).Id);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task A_500_stays_under_its_key_whether_or_not_the_work_was_done(bool works, int sessions)
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Create.Next(works ? StripeAnswer.ServerErrorAfterWork : StripeAnswer.ServerError);
        for (var i = 0; i < 2; i++)
        {
            var refusal = await shop.RefusalAsync("key-1");
            Assert.Equal(
                (HttpStatusCode.InternalServerError, "api_error"),
                (refusal.HttpStatusCode, refusal.StripeError.Type)
            );
        }
        Assert.Equal(sessions, shop.Stripe.Sessions.Count);
        Assert.Equal("open", (await shop.OrderAsync("key-2")).Status);
    }

    [Fact]
    public async Task Busy_and_unauthorized_answers_store_nothing_and_say_when_to_come_back()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Create.Next(
            StripeAnswer.Unavailable(TimeSpan.FromSeconds(7), shouldRetry: false),
            StripeAnswer.TooManyRequests(TimeSpan.FromSeconds(3)),
            StripeAnswer.Unauthorized
        );
        var unavailable = await shop.RefusalAsync("key-1");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.HttpStatusCode);
        Assert.Equal("7", unavailable.StripeResponse.Headers.GetValues("Retry-After").Single());
        Assert.Equal("false", unavailable.StripeResponse.Headers.GetValues("Stripe-Should-Retry").Single());
        Assert.Equal(HttpStatusCode.TooManyRequests, (await shop.RefusalAsync("key-1")).HttpStatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.RefusalAsync("key-1")).HttpStatusCode);
        Assert.Equal("open", (await shop.OrderAsync("key-1")).Status);
    }

    [Fact]
    public async Task The_library_tries_again_under_the_same_key()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Create.Next(StripeAnswer.Unavailable());
        await shop.OrderAsync(retries: 1);
        Assert.Equal([503, 200], shop.Stripe.Calls.Select(c => c.Status));
        Assert.NotNull(Assert.Single(shop.Stripe.Calls.Select(c => c.IdempotencyKey).Distinct()));
    }

    [Fact]
    public async Task Silence_lasts_until_the_caller_gives_up_and_leaves_nothing()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Create.Next(StripeAnswer.Silence);
        using var patience = new CancellationTokenSource();
        var asked = shop.OrderAsync("key-1", stop: patience.Token);
        await UntilAsync(() => shop.Stripe.Calls.Count == 1);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Empty(shop.Stripe.Sessions);
        Assert.Equal("open", (await shop.OrderAsync("key-1")).Status);
    }

    [Fact]
    public async Task A_lost_answer_is_found_again_under_its_key()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Create.Next(StripeAnswer.Lost);
        await Assert.ThrowsAnyAsync<Exception>(() => shop.OrderAsync("key-1"));
        var lost = Assert.Single(shop.Stripe.Sessions);
        Assert.Equal(lost.Id, (await shop.OrderAsync("key-1")).Id);
    }

    [Fact]
    public async Task Trouble_can_last_and_reading_has_its_own()
    {
        await using var shop = await StripeShop.OpenAsync();
        var id = (await shop.OrderAsync()).Id;
        shop.Stripe.Read.Always = StripeAnswer.Unavailable();
        for (var i = 0; i < 2; i++)
            await Assert.ThrowsAsync<StripeException>(() => shop.ReadAsync(id));
        await shop.OrderAsync();
        shop.Stripe.Read.Always = StripeAnswer.AsUsual;
        shop.Stripe.Expiry.Next(StripeAnswer.Lost);
        await Assert.ThrowsAnyAsync<Exception>(() => shop.Client().V1.Checkout.Sessions.ExpireAsync(id));
        Assert.Equal("expired", (await shop.ReadAsync(id)).Status);
    }

    [Fact]
    public async Task A_twisted_session_is_wrong_in_every_answer_and_event()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Twists.NextSession(
            StripeTwist.Amount(1),
            StripeTwist.Currency("eur"),
            StripeTwist.NoReference,
            StripeTwist.OtherMode
        );
        var made = await shop.OrderAsync();
        shop.Stripe.Pay(made.Id);
        await shop.Stripe.DeliverAllAsync();
        var told = shop.Understand(Assert.Single(shop.Door.Parcels));
        Assert.True(told.Livemode);
        foreach (
            var session in new[] { made, await shop.ReadAsync(made.Id), (Stripe.Checkout.Session)told.Data.Object }
        )
            Assert.Equal(
                (1, "eur", null, true),
                (session.AmountTotal, session.Currency, session.ClientReferenceId, session.Livemode)
            );
        Assert.Equal(1000, (await shop.OrderAsync()).AmountTotal);
    }

    [Fact]
    public async Task A_twisted_event_is_wrong_once()
    {
        await using var shop = await StripeShop.OpenAsync();
        shop.Stripe.Twists.NextEvent(
            StripeTwist.Reference("ord_2"),
            StripeTwist.Metadata("order_id", "ord_2"),
            StripeTwist.Type("checkout.session.dreamt")
        );
        shop.Stripe.Twists.NextEvent(StripeTwist.ApiVersion("2025-01-27.acacia"));
        var id = (await shop.OrderAsync()).Id;
        shop.Stripe.PayLater(id);
        shop.Stripe.MoneyArrives(id);
        await shop.Stripe.DeliverAllAsync();
        var dreamt = shop.Understand(shop.Door.Parcels[0]);
        Assert.Equal(
            ("checkout.session.dreamt", "ord_2"),
            (dreamt.Type, ((Stripe.Checkout.Session)dreamt.Data.Object).ClientReferenceId)
        );
        Assert.Throws<StripeException>(() => shop.Understand(shop.Door.Parcels[1]));
        Assert.Equal(StripeEvent.AsyncPaymentSucceeded, shop.Understand(shop.Door.Parcels[1], anyVersion: true).Type);
        Assert.Equal("ord_1", (await shop.ReadAsync(id)).ClientReferenceId);
    }

    private static async Task UntilAsync(Func<bool> so)
    {
        while (!so())
            await Task.Yield();
    }
}

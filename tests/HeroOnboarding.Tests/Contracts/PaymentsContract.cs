using HeroOnboarding.Credit;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Contracts;

/// <summary>What the portal expects of a payment provider with a hosted page.</summary>
public sealed class PaymentsContract
{
    private const string Email = "asha@example.org";

    [Fact]
    public async Task A_checkout_is_asked_for_with_all_that_a_payment_needs()
    {
        await using var with = await Asking.StartAsync();
        var headers = "";
        with.Paying.Portal.Wire.Tamper = (request, _) => Task.FromResult(headers = request.Headers.ToString());
        var started = Assert.IsType<CheckoutStart.Started>(await with.StartAsync(Email));
        var session = Assert.Single(with.Stripe.Sessions);
        Assert.Equal((session.Id, "/pay/" + session.Id), (started.CheckoutId, started.Url.AbsolutePath));
        Assert.Equal(
            (1000, "usd", with.Intent.Sid, Email),
            (session.AmountTotal, session.Currency, session.ClientReferenceId, session.CustomerEmail)
        );
        Assert.Equal("https://localhost/payment/return?session_id={CHECKOUT_SESSION_ID}", session.SuccessUrl);
        Assert.Equal("https://localhost/payment/return?cancelled=" + with.Intent.Sid, session.CancelUrl);
        var ours = new Dictionary<string, string>
        {
            ["intent_sid"] = with.Intent.Sid,
            ["account_sid"] = with.Intent.AccountSid,
        };
        Assert.Equal(ours, session.Metadata.ToDictionary());
        Assert.Equal(ours, session.PaymentIntentMetadata.ToDictionary());
        Assert.Equal(session.ExpiresAt, started.ExpiresAt);
        Assert.Equal(with.Intent.CreatedAt + StripePayments.Lifetime, started.ExpiresAt, TimeSpan.FromSeconds(1));
        var call = Assert.Single(with.Stripe.Calls);
        Assert.Equal(
            (with.Intent.Sid, Paying.Key, "2026-10-28.endive"),
            (call.IdempotencyKey, call.ApiKey, call.Version)
        );
        Assert.DoesNotContain("X-Stripe-Client", headers, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("User-Agent: HeroOnboarding/", headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_none_is_left_out()
    {
        await using var with = await Asking.StartAsync();
        Assert.IsType<CheckoutStart.Started>(await with.StartAsync("not an address"));
        Assert.Null(with.Stripe.Sessions.Single().CustomerEmail);
    }

    [Fact]
    public async Task Asking_again_for_one_intent_is_the_same_checkout()
    {
        await using var with = await Asking.StartAsync();
        var first = await with.StartAsync(null);
        with.Paying.Portal.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal(first, await with.StartAsync(null));
        Assert.Single(with.Stripe.Sessions);
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(402, false)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    [InlineData(408, true)]
    [InlineData(409, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(504, true)]
    public async Task Trouble_that_passes_is_told_from_a_no(int status, bool passes)
    {
        await using var with = await Asking.StartAsync();
        with.Stripe.Create.Next(new StripeAnswer(status));
        Assert.IsType(
            passes ? typeof(CheckoutStart.TryLater) : typeof(CheckoutStart.Refused),
            await with.StartAsync(null)
        );
        await with.OpenAsync();
        with.Stripe.Read.Next(new StripeAnswer(status));
        Assert.IsType(
            passes ? typeof(CheckoutAnswer.TryLater) : typeof(CheckoutAnswer.Refused),
            await with.Payments.ReadAsync(with.Intent, default)
        );
        with.Stripe.Expiry.Next(new StripeAnswer(status));
        if (status == 400)
            with.Stripe.Read.Next(new StripeAnswer(status));
        Assert.IsType(
            passes ? typeof(CheckoutAnswer.TryLater) : typeof(CheckoutAnswer.Refused),
            await with.Payments.CloseAsync(with.Intent, default)
        );
    }

    [Fact]
    public async Task How_long_to_wait_is_heard()
    {
        await using var with = await Asking.StartAsync();
        with.Stripe.Create.Next(
            StripeAnswer.Unavailable(TimeSpan.FromSeconds(77)),
            StripeAnswer.TooManyRequests(TimeSpan.FromSeconds(7))
        );
        Assert.Equal(
            TimeSpan.FromSeconds(77),
            Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(null)).After
        );
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(null)).After);
        Assert.IsType<CheckoutStart.Started>(await with.StartAsync(null));
    }

    [Fact]
    public async Task Silence_ends_after_the_patience_and_not_before()
    {
        await using var with = await Asking.StartAsync();
        with.Stripe.Create.Next(StripeAnswer.Silence);
        var asked = with.StartAsync(null);
        while (with.Stripe.Calls.Count == 0)
            await Task.Yield();
        with.Paying.Portal.Clock.Advance(StripePayments.Patience - TimeSpan.FromMilliseconds(1));
        Assert.False(asked.IsCompleted);
        with.Paying.Portal.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<CheckoutStart.TryLater>(await asked.WaitAsync(Hanging.Limit));
        Assert.IsType<CheckoutStart.Started>(await with.StartAsync(null));
    }

    [Fact]
    public async Task A_lost_answer_is_found_again()
    {
        await using var with = await Asking.StartAsync();
        with.Stripe.Create.Next(StripeAnswer.Lost);
        Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(null));
        Assert.Equal(
            with.Stripe.Sessions.Single().Id,
            Assert.IsType<CheckoutStart.Started>(await with.StartAsync(null)).CheckoutId
        );
        Assert.Single(with.Stripe.Sessions);
    }

    [Fact]
    public async Task An_error_that_is_kept_under_the_key_does_not_last_for_a_day()
    {
        await using var with = await Asking.StartAsync();
        with.Stripe.Create.Next(StripeAnswer.ServerError, StripeAnswer.ServerError);
        Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(null));
        Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(null));
        var third = Assert.IsType<CheckoutStart.Started>(await with.StartAsync(null));
        Assert.Equal(third, await with.StartAsync(null));
        Assert.Equal(
            ["", "-2", "-3"],
            with.Stripe.Calls.Select(c => c.IdempotencyKey![with.Intent.Sid.Length..]).Distinct()
        );
        Assert.Single(with.Stripe.Sessions);
    }

    [Fact]
    public async Task A_key_that_was_used_with_another_address_is_left_for_the_next()
    {
        await using var with = await Asking.StartAsync();
        with.Stripe.Create.Next(StripeAnswer.Lost);
        Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(Email));
        Assert.IsType<CheckoutStart.Started>(await with.StartAsync("juma@example.org"));
    }

    [Fact]
    public async Task A_page_elsewhere_is_refused()
    {
        await using var with = await Asking.StartAsync();
        with.Paying.Portal.Wire.Tamper = async (_, response) =>
            response.Content = new StringContent(
                (await response.Content.ReadAsStringAsync()).Replace(
                    with.Stripe.ApiBase,
                    "https://evil.example",
                    StringComparison.Ordinal
                )
            );
        Assert.IsType<CheckoutStart.Refused>(await with.StartAsync(null));
        with.Paying.Portal.Wire.Tamper = (_, response) =>
        {
            response.Content = new StringContent("<html>a proxy</html>");
            return Task.CompletedTask;
        };
        Assert.IsType<CheckoutStart.TryLater>(await with.StartAsync(null));
    }

    [Theory]
    [InlineData("", CheckoutState.Open, CheckoutState.Expired)]
    [InlineData("pay", CheckoutState.Paid, CheckoutState.Paid)]
    [InlineData("later", CheckoutState.Checking, CheckoutState.Checking)]
    [InlineData("later, arrives", CheckoutState.Paid, CheckoutState.Paid)]
    [InlineData("expire", CheckoutState.Expired, CheckoutState.Expired)]
    public async Task It_says_how_a_checkout_stands_and_closes_only_what_is_open(
        string happens,
        CheckoutState stands,
        CheckoutState closed
    )
    {
        await using var with = await Asking.StartAsync();
        await with.OpenAsync();
        var id = with.Intent.CheckoutId!;
        _ = happens switch
        {
            "pay" => with.Stripe.Pay(id),
            "later" or "later, arrives" => with.Stripe.PayLater(id),
            "expire" => with.Stripe.Expire(id),
            _ => null,
        };
        if (happens == "later, arrives")
            with.Stripe.MoneyArrives(id);
        var fact = Assert.IsType<CheckoutAnswer.Known>(await with.Payments.ReadAsync(with.Intent, default)).Fact;
        Assert.Equal(
            new CheckoutReport(
                "stripe",
                id,
                with.Intent.Sid,
                with.Stripe.Sessions.Single().PaymentIntent,
                stands,
                1000,
                "usd",
                false
            ),
            fact
        );
        Assert.Equal(
            closed,
            Assert.IsType<CheckoutAnswer.Known>(await with.Payments.CloseAsync(with.Intent, default)).Fact.State
        );
        Assert.Equal(
            closed,
            Assert.IsType<CheckoutAnswer.Known>(await with.Payments.CloseAsync(with.Intent, default)).Fact.State
        );
    }

    [Fact]
    public async Task A_checkout_that_it_does_not_know_is_a_no()
    {
        await using var with = await Asking.StartAsync();
        with.Intent.CheckoutId = "cs_test_nobody";
        Assert.IsType<CheckoutAnswer.Refused>(await with.Payments.ReadAsync(with.Intent, default));
        Assert.IsType<CheckoutAnswer.Refused>(await with.Payments.CloseAsync(with.Intent, default));
    }

    /// <summary>A provider and an intent to ask it about.</summary>
    private sealed record Asking(Paying Paying, PaymentIntent Intent) : IAsyncDisposable
    {
        public StripeSimulator Stripe => Paying.Stripe;
        public IPayments Payments => Paying.Portal.Services.GetRequiredService<IPayments>();

        public static async Task<Asking> StartAsync()
        {
            var paying = await Paying.StartAsync();
            return new(
                paying,
                new PaymentIntent
                {
                    Sid = Names.NewSid(paying.Portal.Now),
                    AccountSid = paying.Asha.Sid,
                    Provider = "stripe",
                    Amount = Money.FromCents(1000),
                    Currency = "usd",
                    CreatedAt = paying.Portal.Now,
                }
            );
        }

        public Task<CheckoutStart> StartAsync(string? email) =>
            Payments.StartAsync(Intent, email, CancellationToken.None);

        public async Task OpenAsync()
        {
            while (Intent.CheckoutId is null)
                Intent.CheckoutId = (await StartAsync(null) as CheckoutStart.Started)?.CheckoutId;
        }

        public ValueTask DisposeAsync() => Paying.DisposeAsync();
    }
}

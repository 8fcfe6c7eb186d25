using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>From the request for a top-up to the provider's page.</summary>
public sealed class ToppingUp
{
    [Theory, BothDatabases]
    public async Task Says_no_in_the_order_of_the_gates(Db db)
    {
        await using var paying = await Paying.StartAsync(
            db,
            new Dictionary<string, string?> { ["TOPUP_MIN_CENTS"] = "500", ["TOPUP_MAX_CENTS"] = "20000" },
            verified: false
        );
        var portal = paying.Portal;
        (await portal.Browser().SendAsync(HttpMethod.Post, "/payment/intent", new { amount_cents = 1 })).ExpectRefusal(
            AccountRefusals.SessionRequired
        );
        (
            await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = paying.Asha.Sid, reason = "a look" })
        ).Expect(200);
        (await paying.IntentAsync(1)).ExpectRefusal(AccountRefusals.AccountSuspended);
        (
            await portal.AdminPostAsync("/admin/user-unsuspend", new { user_sid = paying.Asha.Sid, reason = "looked" })
        ).Expect(200);
        (await paying.IntentAsync(1)).ExpectRefusal(AccountRefusals.KycRequired);
        await paying.Asha.PassKycAsync();
        (await paying.Asha.PostAsync("/payment/intent", new { amount_cents = 1, provider = "sandals" })).ExpectRefusal(
            PaymentRefusals.PaymentsOff
        );
        foreach (var cents in new long?[] { null, 0, -500, 499, 20001, long.MaxValue })
            Assert.Contains(
                "$5.00 to $200.00",
                (await paying.Asha.PostAsync("/payment/intent", new { amount_cents = cents }))
                    .ExpectRefusal(PaymentRefusals.TopUpAmount)
                    .Text("detail"),
                StringComparison.Ordinal
            );
        Assert.Equal(0, await portal.ReadAsync(d => d.PaymentIntents.CountAsync()));
        for (var n = 0; n < StartTopUp.MostOpen; n++)
            (await paying.IntentAsync(n % 2 == 0 ? 500 : 20000)).Expect(201);
        (await paying.IntentAsync(600)).ExpectRefusal(PaymentRefusals.PaymentTooManyOpen);
        Assert.DoesNotContain(await portal.ReadAsync(d => d.PaymentIntents.ToListAsync()), p => p.Url is null);
        portal.Clock.Advance(TimeSpan.FromHours(24));
        (await (await AgainAsync(paying)).PostAsync("/payment/intent", new { amount_cents = 600 })).Expect(201);
    }

    [Fact]
    public async Task Without_a_provider_paying_is_off_and_hidden()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        (await asha.PostAsync("/payment/intent", new { amount_cents = 1000 })).ExpectRefusal(
            PaymentRefusals.PaymentsOff
        );
        (await portal.Browser().SendAsync(HttpMethod.Post, "/webhooks/stripe", new { })).ExpectRefusal(
            PaymentRefusals.PaymentsOff
        );
        var page = (await asha.Browser.OpenAsync("/credit")).Expect(200).Body;
        Assert.Contains("The operator of this site adds credit.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/payment/intent", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Answers_with_the_checkout_and_the_same_one_for_the_same_key(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var first = (await paying.IntentAsync(1234, "key-1")).Expect(201);
        Assert.Equal((1234, "open"), (first.Number("amount_cents"), first.Text("state")));
        var session = Assert.Single(paying.Stripe.Sessions);
        Assert.EndsWith("/pay/" + session.Id, first.Text("url"), StringComparison.Ordinal);
        var again = (await paying.IntentAsync(1234, "key-1")).Expect(201);
        Assert.Equal(first.Body, again.Body);
        Assert.Equal("true", again.Response.Headers.GetValues("Idempotent-Replayed").Single());
        (await paying.IntentAsync(1235, "key-1")).ExpectRefusal(Refusals.IdempotencyKeyReused);
        await paying.TellAsync(paying.Stripe.Pay(session.Id));
        var paid = (await paying.IntentAsync(1234, "key-1")).Expect(201);
        Assert.Equal("credited", paid.Text("state"));
        Assert.False(paid.Json.TryGetProperty("url", out _));
        Assert.Single(paying.Stripe.Calls);
    }

    [Fact]
    public async Task A_form_leads_to_the_provider_and_sent_again_to_the_same_page()
    {
        await using var paying = await Paying.StartAsync();
        var page = (await paying.Asha.Browser.OpenAsync("/credit")).Expect(200).Body;
        Assert.Contains("Test mode: no real money", page, StringComparison.Ordinal);
        var fields = Markup.Fields(page, "/payment/intent");
        fields["amount"] = "12.50";
        var away = (await paying.Asha.Browser.PostFormAsync("/payment/intent", fields)).Expect(303);
        var session = Assert.Single(paying.Stripe.Sessions);
        Assert.Equal(($"{paying.Stripe.ApiBase}/pay/{session.Id}", 1250), (away.Location, session.AmountTotal));
        Assert.Equal(
            away.Location,
            (await paying.Asha.Browser.PostFormAsync("/payment/intent", fields)).Expect(303).Location
        );
        Assert.Contains(
            paying.Stripe.ApiBase,
            page is null
                ? ""
                : string.Join(
                    ' ',
                    (await paying.Asha.Browser.OpenAsync("/credit")).Response.Headers.GetValues(
                        "Content-Security-Policy"
                    )
                ),
            StringComparison.Ordinal
        );
        await paying.TellAsync(paying.Stripe.Pay(session.Id));
        Assert.StartsWith(
            "/payment/return?payment=",
            (await paying.Asha.Browser.PostFormAsync("/payment/intent", fields)).Expect(303).Location,
            StringComparison.Ordinal
        );
        fields["amount"] = "0.99";
        fields["idempotency_key"] = "another";
        Assert.StartsWith(
            "/credit?refused=topup.amount&refused_least=",
            (await paying.Asha.Browser.PostFormAsync("/payment/intent", fields)).Expect(303).Location,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task A_time_out_is_503_and_the_retry_goes_on_with_the_same_payment(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        paying.Stripe.Create.Next(
            StripeAnswer.Silence,
            StripeAnswer.Lost,
            StripeAnswer.Unavailable(TimeSpan.FromSeconds(9))
        );
        var asked = paying.IntentAsync(1000, "key-1");
        while (paying.Stripe.Calls.Count == 0)
            await Task.Yield();
        paying.Portal.Clock.Advance(TimeSpan.FromSeconds(21));
        Assert.NotNull((await asked).ExpectRefusal(PaymentRefusals.PaymentUnavailable).Response.Headers.RetryAfter);
        // The same key, then no key but the same amount.
        (await paying.IntentAsync(1000, "key-1")).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        var open = (await paying.IntentAsync(1000)).Expect(201);
        Assert.Equal(
            open.Text("sid"),
            await paying.Portal.ReadAsync(d => d.PaymentIntents.Select(p => p.Sid).SingleAsync())
        );
        Assert.Single(paying.Stripe.Sessions);
        Assert.Single(paying.Stripe.Calls.Select(c => c.IdempotencyKey).Distinct());
        // From now on the same amount is another payment.
        (await paying.IntentAsync(1000)).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        Assert.NotEqual(open.Text("sid"), (await paying.IntentAsync(1000)).Expect(201).Text("sid"));
        Assert.Equal(2, await paying.Portal.ReadAsync(d => d.PaymentIntents.CountAsync()));
    }

    [Fact]
    public async Task After_an_hour_another_payment_is_begun_and_after_a_day_none_goes_on()
    {
        await using var paying = await Paying.StartAsync();
        paying.Stripe.Create.Next(StripeAnswer.Unavailable(), StripeAnswer.Unavailable());
        (await paying.IntentAsync(1000, "key-1")).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        paying.Portal.Clock.Advance(StartTopUp.Continued + TimeSpan.FromSeconds(1));
        (await paying.IntentAsync(1000)).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        Assert.Equal(2, await paying.Portal.ReadAsync(d => d.PaymentIntents.CountAsync()));
        paying.Portal.Clock.Advance(StartTopUp.Askable);
        var later = await AgainAsync(paying);
        (await later.PostAsync("/payment/intent", new { amount_cents = 1000 }, "key-1")).ExpectRefusal(
            PaymentRefusals.PaymentNotOpen
        );
        Assert.Empty(paying.Stripe.Sessions);
    }

    [Fact]
    public async Task When_the_provider_says_no_operators_read_why_and_people_do_not()
    {
        await using var paying = await Paying.StartAsync();
        paying.Stripe.Create.Next(StripeAnswer.Unauthorized);
        var reply = (await paying.IntentAsync()).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        Assert.DoesNotContain("Answered", reply.Body, StringComparison.Ordinal);
        Assert.Contains(
            paying.Portal.Log.Lines,
            l => l.StartsWith("Error", StringComparison.Ordinal) && l.Contains("Answered 401", StringComparison.Ordinal)
        );
        (await paying.IntentAsync()).Expect(201);
    }

    public static TheoryData<string, string> Gates { get; } =
        new()
        {
            { "UPDATE accounts SET suspended_at = 1", "account.suspended" },
            { "UPDATE accounts SET kyc_status = 'failed'", "kyc.required" },
        };

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task A_gate_that_closes_between_check_and_commit_keeps_the_door_shut(string close, string code)
    {
        await using var paying = await Paying.StartAsync(Db.Postgres);
        await using var other = paying.Portal.Database.OpenWrite();
        await using var closing = await other.Database.BeginTransactionAsync();
        await other.Database.ExecuteSqlRawAsync(close);
        var asking = paying.IntentAsync();
        await paying.Portal.SomebodyWaitsAsync();
        Assert.False(asking.IsCompleted);
        await closing.CommitAsync();
        Assert.Equal(code, (await asking).Code);
        Assert.Equal(0, await paying.Portal.ReadAsync(d => d.PaymentIntents.CountAsync()));
        Assert.Empty(paying.Stripe.Calls);
    }

    [Theory]
    [MemberData(nameof(Gates))]
    public async Task A_gate_that_closes_while_the_provider_is_asked_hands_out_no_address(string close, string code)
    {
        foreach (var db in Enum.GetValues<Db>())
        {
            await using var paying = await Paying.StartAsync(db);
            paying.Stripe.Create.Next(StripeAnswer.Slow(TimeSpan.FromSeconds(5)));
            var asking = paying.IntentAsync();
            while (paying.Stripe.Calls.Count == 0)
                await Task.Yield();
            await using (var other = paying.Portal.Database.OpenWrite())
                await other.Database.ExecuteSqlRawAsync(close);
            paying.Portal.Clock.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(code, (await asking).Code);
            var page = (await paying.Asha.Browser.OpenAsync("/credit")).Expect(200).Body;
            Assert.DoesNotContain(paying.Stripe.Sessions.Single().Id, page, StringComparison.Ordinal);
            // A payment that arrives nevertheless is credited.
            Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(paying.Stripe.Sessions.Single().Id)));
        }
    }

    private static async Task<Customer> AgainAsync(Paying paying) => await paying.Portal.SignUpAsync("asha");
}

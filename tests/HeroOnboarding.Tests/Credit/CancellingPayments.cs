using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Credit;

/// <summary>A customer cancels a checkout.</summary>
public sealed class CancellingPayments
{
    [Theory, BothDatabases]
    public async Task Closes_it_at_the_provider_and_here(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, _) = await paying.OpenAsync();
        var reply = (await paying.CancelAsync(sid)).Expect(200);
        Assert.Equal((sid, "not_paid"), (reply.Text("sid"), reply.Text("state")));
        Assert.Equal("expired", paying.Stripe.Sessions.Single().Status);
        Assert.Equal((PaymentState.NotPaid, "cancelled"), await SettlingPayments.StateAsync(paying, sid));
        (await paying.CancelAsync(sid)).ExpectRefusal(PaymentRefusals.PaymentNotOpen);
        // The provider reports it as well.
        Assert.Equal("repeated", await paying.TellAsync(paying.Stripe.Events[^1]));
        Assert.Equal((PaymentState.NotPaid, "cancelled"), await SettlingPayments.StateAsync(paying, sid));
    }

    [Theory, BothDatabases]
    public async Task What_was_paid_meanwhile_counts(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (paid, first) = await paying.OpenAsync(700);
        var told = paying.Stripe.Pay(first);
        Assert.Equal("credited", (await paying.CancelAsync(paid)).Expect(200).Text("state"));
        Assert.Equal("repeated", await paying.TellAsync(told));
        await paying.ExpectBooksAsync(700);
        var (later, second) = await paying.OpenAsync(800);
        paying.Stripe.PayLater(second);
        Assert.Equal("checking", (await paying.CancelAsync(later)).Expect(200).Text("state"));
        await paying.ExpectBooksAsync(700);
    }

    [Theory, BothDatabases]
    public async Task When_the_provider_is_down_nothing_changes(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, _) = await paying.OpenAsync();
        var before = await paying.Portal.FactsAsync();
        foreach (
            var trouble in new[]
            {
                StripeAnswer.Unavailable(TimeSpan.FromSeconds(5)),
                StripeAnswer.TooManyRequests(),
                StripeAnswer.Unauthorized,
                new StripeAnswer(500),
            }
        )
        {
            paying.Stripe.Expiry.Next(trouble);
            Assert.NotNull(
                (await paying.CancelAsync(sid))
                    .ExpectRefusal(PaymentRefusals.PaymentUnavailable)
                    .Response.Headers.RetryAfter
            );
        }
        Assert.Equal(before, await paying.Portal.FactsAsync());
        paying.Stripe.Expiry.Next(StripeAnswer.Lost);
        (await paying.CancelAsync(sid)).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        Assert.Equal("not_paid", (await paying.CancelAsync(sid)).Expect(200).Text("state"));
    }

    [Theory, BothDatabases]
    public async Task Nobody_cancels_what_is_not_theirs(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, _) = await paying.OpenAsync();
        var juma = await paying.Portal.SignUpAsync("juma");
        (await paying.CancelAsync(sid, juma)).ExpectRefusal(Refusals.NotFound);
        (await paying.CancelAsync("01ARZ3NDEKTSV4RRFFQ69G5FAV")).ExpectRefusal(Refusals.NotFound);
        Assert.Equal(PaymentState.Open, (await paying.PaymentAsync(sid)).State);
    }

    [Fact]
    public async Task One_that_the_provider_never_answered_is_cancelled_here_and_its_money_still_counts()
    {
        await using var paying = await Paying.StartAsync();
        paying.Stripe.Create.Next(StripeAnswer.Lost);
        (await paying.IntentAsync()).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        var session = paying.Stripe.Sessions.Single();
        Assert.Equal("not_paid", (await paying.CancelAsync(session.ClientReferenceId!)).Expect(200).Text("state"));
        Assert.Equal("credited", await paying.TellAsync(paying.Stripe.Pay(session.Id)));
    }

    [Fact]
    public async Task The_page_offers_it_and_says_what_came_of_it()
    {
        await using var paying = await Paying.StartAsync();
        var (sid, _) = await paying.OpenAsync();
        var reply = (await paying.Asha.Browser.SubmitAsync("/credit", "/payment/cancel")).Expect(303);
        Assert.Equal("/payment/return?payment=" + sid, reply.Location);
        Assert.Contains(
            "Not paid, nothing taken",
            (await paying.Asha.Browser.OpenAsync(reply.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
    }
}

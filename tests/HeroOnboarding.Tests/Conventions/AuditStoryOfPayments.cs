using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Payments through a provider, one of them in suspense.</summary>
internal sealed class AuditStoryOfPayments(AuditStory story)
{
    private string payment = "";

    public IReadOnlyList<AuditChapter> Chapters =>
        [
            new("payment.intent", "customer", StartWithoutAnswerAsync),
            new("payment.checkout", "customer", ContinueAsync),
            new("payment.returned", "customer", ReturnAsync),
            new("payment.cancel", "customer", CancelAsync),
            new("payment.settle", "system", SettleAsync),
            new("payment.settle", "system", SettleUnknownAsync),
            new("suspense.resolve", "machine", ResolveAsync),
        ];

    private StripeSimulator Stripe => story.Payments.Stripe;
    private Portal Portal => story.Portal;
    private string Checkout => Stripe.Sessions[0].Id;

    private async Task<string?> StartWithoutAnswerAsync()
    {
        Stripe.Create.Next(StripeAnswer.Unavailable());
        (await story.Payments.IntentAsync(who: story.Asha)).Expect(503);
        return story.Asha.Sid;
    }

    private async Task<string?> ContinueAsync()
    {
        payment = await Portal.ReadAsync(d => d.PaymentIntents.Select(p => p.Sid).SingleAsync());
        var customer = Actor.Customer(story.Asha.Sid);
        AuditStory.Accepted(await story.Service<StartTopUp>().ContinueAsync(customer, payment, null));
        return story.Asha.Sid;
    }

    private async Task<string?> ReturnAsync()
    {
        (await story.Asha.Browser.OpenAsync("/payment/return?session_id=" + Checkout)).Expect(200);
        return story.Asha.Sid;
    }

    private async Task<string?> CancelAsync()
    {
        (await story.Payments.CancelAsync(payment, story.Asha)).Expect(200);
        return story.Asha.Sid;
    }

    /// <summary>The payment that was cancelled here is paid at Stripe nevertheless.</summary>
    private async Task<string?> SettleAsync()
    {
        Stripe.Twist(Checkout, StripeTwist.PaymentStatus("paid"));
        Assert.Equal("credited", await CompletedAsync());
        return story.Asha.Sid;
    }

    private async Task<string?> SettleUnknownAsync()
    {
        Stripe.Twists.NextEvent(
            new StripeTwist(Session: s =>
            {
                s["id"] = "cs_test_strange";
                s["client_reference_id"] = null;
                s["metadata"] = null;
            })
        );
        Assert.Equal("suspense", await CompletedAsync());
        return null;
    }

    private Task<string> CompletedAsync() =>
        story.Payments.TellAsync(Stripe.ExtraEvent(StripeEvent.Completed, Checkout));

    private async Task<string?> ResolveAsync()
    {
        var item = await Portal.ReadAsync(d => d.Suspense.Select(s => s.Sid).SingleAsync());
        return await story.AdminAsync(
            "/admin/suspense-resolve",
            new
            {
                suspense_sid = item,
                action = "assign",
                user_sid = story.Asha.Sid,
                reason = "as agreed",
            },
            story.Asha.Sid
        );
    }
}

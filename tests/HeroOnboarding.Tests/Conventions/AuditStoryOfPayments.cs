using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>The chapters about money that comes through a provider.</summary>
internal sealed partial class AuditStory
{
    private string payment = "";

    private IReadOnlyList<(string Act, string Actor, Func<Task<string?>> Tell)> Payers =>
        [
            (
                "payment.intent",
                "customer",
                async () =>
                {
                    paying.Stripe.Create.Next(StripeAnswer.Unavailable());
                    (await paying.IntentAsync(who: asha)).Expect(503);
                    return asha.Sid;
                }
            ),
            (
                "payment.checkout",
                "customer",
                async () =>
                {
                    payment = await Portal.ReadAsync(d => d.PaymentIntents.Select(p => p.Sid).SingleAsync());
                    Assert.False(
                        (
                            await Portal
                                .Services.GetRequiredService<StartTopUp>()
                                .ContinueAsync(Actor.Customer(asha.Sid), payment, null)
                        ).IsRefused
                    );
                    return asha.Sid;
                }
            ),
            (
                "payment.returned",
                "customer",
                async () =>
                {
                    (await asha.Browser.OpenAsync("/payment/return?session_id=" + paying.Stripe.Sessions[0].Id)).Expect(
                        200
                    );
                    return asha.Sid;
                }
            ),
            (
                "payment.cancel",
                "customer",
                async () =>
                {
                    (await paying.CancelAsync(payment, asha)).Expect(200);
                    return asha.Sid;
                }
            ),
            (
                "payment.settle",
                "system",
                async () =>
                {
                    // Paid after all.
                    paying.Stripe.Twist(paying.Stripe.Sessions[0].Id, StripeTwist.PaymentStatus("paid"));
                    Assert.Equal(
                        "credited",
                        await paying.TellAsync(
                            paying.Stripe.ExtraEvent(StripeEvent.Completed, paying.Stripe.Sessions[0].Id)
                        )
                    );
                    return asha.Sid;
                }
            ),
            (
                "payment.settle",
                "system",
                async () =>
                {
                    paying.Stripe.Twists.NextEvent(
                        new StripeTwist(Session: s =>
                        {
                            s["id"] = "cs_test_strange";
                            s["client_reference_id"] = null;
                            s["metadata"] = null;
                        })
                    );
                    Assert.Equal(
                        "suspense",
                        await paying.TellAsync(
                            paying.Stripe.ExtraEvent(StripeEvent.Completed, paying.Stripe.Sessions[0].Id)
                        )
                    );
                    return null;
                }
            ),
            (
                "suspense.resolve",
                "machine",
                async () =>
                {
                    var item = await Portal.ReadAsync(d => d.Suspense.Select(s => s.Sid).SingleAsync());
                    (
                        await Portal.AdminPostAsync(
                            "/admin/suspense-resolve",
                            new
                            {
                                suspense_sid = item,
                                action = "assign",
                                user_sid = asha.Sid,
                                reason = "as agreed",
                            }
                        )
                    ).Expect(200);
                    return asha.Sid;
                }
            ),
        ];
}

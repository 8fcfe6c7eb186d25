using System.Text;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Credit;

public sealed class PaymentSecrets
{
    [Theory, BothDatabases]
    public async Task No_key_shows_up_in_logs_answers_pages_or_the_store_of_a_whole_journey(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var said = new StringBuilder();
        void Hear(Reply reply) => said.AppendLine(reply.Body);
        foreach (
            var trouble in new[]
            {
                StripeAnswer.Unauthorized,
                StripeAnswer.ServerError,
                new StripeAnswer(403),
                StripeAnswer.Lost,
            }
        )
        {
            paying.Stripe.Create.Next(trouble);
            Hear(await paying.IntentAsync());
        }
        Hear(await paying.IntentAsync());
        paying.Stripe.Expiry.Next(StripeAnswer.Unauthorized);
        Hear(await paying.CancelAsync(paying.Stripe.Sessions[^1].ClientReferenceId!));
        said.AppendLine((await paying.Stripe.SendAsync("{}", "t=1,v1=" + Paying.Secret)).Answer);
        await paying.TellAsync(
            paying.Stripe.Pay((await paying.PaymentAsync(paying.Stripe.Sessions[^1].ClientReferenceId!)).CheckoutId!)
        );
        var operators = await Conventions.Route.OperatorAsync(paying.Portal);
        foreach (var path in new[] { "/admin", "/admin/setup", "/admin/payments", "/admin/audit" })
            Hear(await operators.OpenAsync(path));
        foreach (var path in new[] { "/credit", "/payment/return" })
            Hear(await paying.Asha.Browser.OpenAsync(path));
        foreach (var secret in new[] { Paying.Secret, Paying.Key, Paying.Key[^12..] })
        {
            Assert.DoesNotContain(secret, said.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, string.Join('\n', paying.Portal.Log.Lines), StringComparison.Ordinal);
            Assert.DoesNotContain(secret, await paying.Portal.FactsAsync(), StringComparison.Ordinal);
        }
    }
}

using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>
/// Records that the customer returned from the provider's page. It changes the text on their page, never their credit.
/// </summary>
public sealed class MarkReturned(UnitOfWorkRunner writer)
{
    public Task RunAsync(Actor actor, PaymentIntent payment, CancellationToken cancel = default) =>
        writer.RunAsync(
            "payment.returned",
            actor,
            async unit =>
            {
                DateTimeOffset? now = unit.Now;
                await unit
                    .Db.PaymentIntents.Where(p => p.Sid == payment.Sid && p.ReturnedAt == null)
                    .ExecuteUpdateAsync(set => set.SetProperty(p => p.ReturnedAt, now));
                unit.Note(payment.AccountSid, new { payment = payment.Sid });
            },
            cancel
        );
}

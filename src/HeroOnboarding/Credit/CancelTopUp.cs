using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>
/// Closes a checkout on the customer's request. If it was paid concurrently, the payment is credited.
/// </summary>
public sealed class CancelTopUp(
    UnitOfWorkRunner writer,
    Database database,
    IEnumerable<IPayments> providers,
    SettlePayment settle,
    ILogger<CancelTopUp> log
)
{
    private const string Cancelled = "cancelled";

    /// <summary>Checks in this order: own payment, still open, provider on.</summary>
    public async Task<Outcome<TopUpAnswer>> RunAsync(
        Actor actor,
        string accountSid,
        string? paymentSid,
        CancellationToken cancel = default
    )
    {
        PaymentIntent? intent = null;
        if (Names.IsSid(paymentSid))
            await using (var db = database.Read())
                intent = await db.PaymentIntents.SingleOrDefaultAsync(
                    p => p.Sid == paymentSid && p.AccountSid == accountSid,
                    cancel
                );
        if (intent is null)
            return Refusals.NotFound;
        if (intent.State != PaymentState.Open)
            return PaymentRefusals.PaymentNotOpen;
        if (intent.CheckoutId is null)
            return await WithoutCheckoutAsync(actor, intent, cancel);
        if (providers.FirstOrDefault(p => p.Name == intent.Provider && p.IsLive == intent.Live) is not { } payments)
            return PaymentRefusals.PaymentsOff;
        switch (await payments.CloseAsync(intent, cancel))
        {
            case CheckoutAnswer.Known { Fact: var fact }:
                return await SettleAsync(actor, intent, fact);
            case CheckoutAnswer.Refused refused:
                log.LogError(
                    "{Provider} refused to close payment {Payment}: {Reason}",
                    intent.Provider,
                    intent.Sid,
                    refused.Reason
                );
                return PaymentRefusals.PaymentUnavailable;
            case CheckoutAnswer.TryLater later:
                return PaymentRefusals.PaymentUnavailable with
                {
                    RetryAfter = later.After ?? PaymentRefusals.PaymentUnavailable.RetryAfter,
                };
            case var other:
                throw new InvalidOperationException("Unknown answer: " + other.GetType().Name);
        }
    }

    /// <summary>The provider's answer about its checkout decides: closed, or paid.</summary>
    private async Task<Outcome<TopUpAnswer>> SettleAsync(Actor actor, PaymentIntent intent, CheckoutReport fact)
    {
        if (fact.State == CheckoutState.Open)
            return PaymentRefusals.PaymentUnavailable;
        return await writer.RunAsync<TopUpAnswer>(
            "payment.cancel",
            actor,
            async unit =>
            {
                await settle.InUnitAsync(unit, fact, null, Cancelled);
                return TopUpAnswer.Of(
                    await unit.Db.PaymentIntents.AsNoTracking().SingleAsync(p => p.Sid == intent.Sid)
                );
            }
        );
    }

    /// <summary>The provider never answered, so no page exists on which the customer could pay.</summary>
    private Task<Outcome<TopUpAnswer>> WithoutCheckoutAsync(
        Actor actor,
        PaymentIntent intent,
        CancellationToken cancel
    ) =>
        writer.RunAsync<TopUpAnswer>(
            "payment.cancel",
            actor,
            async unit =>
            {
                DateTimeOffset? now = unit.Now;
                await unit.LockAccountAsync(intent.AccountSid);
                if (
                    await unit
                        .Db.PaymentIntents.Where(p =>
                            p.Sid == intent.Sid && p.State == PaymentState.Open && p.CheckoutId == null
                        )
                        .ExecuteUpdateAsync(set =>
                            set.SetProperty(p => p.State, PaymentState.NotPaid)
                                .SetProperty(p => p.Reason, Cancelled)
                                .SetProperty(p => p.SettledAt, now)
                        ) == 0
                )
                    return PaymentRefusals.PaymentNotOpen;
                unit.Note(intent.AccountSid, new { payment = intent.Sid, outcome = "not_paid" });
                return TopUpAnswer.Of(
                    await unit.Db.PaymentIntents.AsNoTracking().SingleAsync(p => p.Sid == intent.Sid)
                );
            },
            cancel
        );
}

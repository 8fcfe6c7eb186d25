using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>The result of an adjustment.</summary>
public sealed record AdjustAnswer(string UserSid, long AmountCents, long CreditBalanceCents, string TransferReference);

/// <summary>An operator adds or takes credit, with a reason that the customer's statement shows.</summary>
public sealed class AdjustCredit(UnitOfWorkRunner writer, QueueWaiting queueWaiting)
{
    /// <summary>One million dollars: a larger amount is a typing error.</summary>
    public const long MostCents = 100_000_000;

    /// <param name="amountCents">Whole cents; negative takes credit, below zero if necessary.</param>
    public Task<Outcome<Answered<AdjustAnswer>>> RunAsync(
        Actor actor,
        string? accountSid,
        long? amountCents,
        string? reason,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    )
    {
        if (Check(amountCents, reason) is { } wrong)
            return Task.FromResult<Outcome<Answered<AdjustAnswer>>>(wrong);
        return writer.RunOnceAsync<AdjustAnswer>(
            "credit.adjust",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid ?? "", amountCents!.Value, reason!.Trim()),
            cancel
        );
    }

    /// <summary>The refusal of the entered values; null when they can be booked.</summary>
    internal static Refusal? Check(long? amountCents, string? reason) =>
        amountCents is not (>= -MostCents and <= MostCents and not 0) ? CreditRefusals.AmountInvalid
        : Reason.IsGiven(reason) ? null
        : Refusals.ReasonRequired;

    private async Task<Outcome<AdjustAnswer>> InUnitAsync(Unit unit, string accountSid, long amountCents, string reason)
    {
        var reference = unit.NewSid();
        var micros = Money.FromCents(amountCents);
        var found =
            micros > 0
                ? await Ledger.CreditAsync(
                    unit,
                    accountSid,
                    Ledger.Adjustment,
                    micros,
                    TransferKind.OperatorCredit,
                    reference,
                    reason
                )
                : await Ledger.DebitAsync(
                    unit,
                    accountSid,
                    Ledger.Adjustment,
                    -micros,
                    TransferKind.OperatorDebit,
                    reference,
                    reason
                );
        if (!found)
            return Refusals.NotFound;
        if (micros > 0)
            await queueWaiting(unit, accountSid);
        unit.Note(
            accountSid,
            new
            {
                amountCents,
                reason,
                reference,
            }
        );
        var balance = await unit.Db.Accounts.Where(a => a.Sid == accountSid).Select(a => a.Balance).SingleAsync();
        return new AdjustAnswer(accountSid, amountCents, Money.Cents(balance), reference);
    }
}

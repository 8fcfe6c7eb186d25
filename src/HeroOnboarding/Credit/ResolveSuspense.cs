using System.Linq.Expressions;
using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>A payment in suspense after the operator's decision.</summary>
/// <param name="UserSid">The credited customer; absent for none.</param>
/// <param name="AmountCents">The moved amount; 0 where nothing had been booked.</param>
public sealed record SuspenseAnswer(string Sid, SuspenseState State, string? UserSid, long AmountCents);

/// <summary>
/// Records an operator's decision about a payment in suspense, once: it belongs to a customer, or it was refunded
/// at the provider.
/// </summary>
public sealed class ResolveSuspense(UnitOfWorkRunner writer, QueueWaiting queueWaiting)
{
    /// <param name="amountCents">The value in US cents; only where nothing was booked, because of
    /// currency or mode.</param>
    public async Task<Outcome<SuspenseAnswer>> RunAsync(
        Actor actor,
        string? suspenseSid,
        SuspenseAction action,
        string? accountSid,
        long? amountCents,
        string? reason,
        CancellationToken cancel = default
    )
    {
        if (!Reason.IsGiven(reason))
            return Refusals.ReasonRequired;
        return await writer.RunAsync<SuspenseAnswer>(
            "suspense.resolve",
            actor,
            unit =>
                action == SuspenseAction.Assign
                    ? AssignAsync(unit, suspenseSid, accountSid, amountCents, reason!.Trim())
                    : ReturnAsync(unit, suspenseSid, amountCents, reason!.Trim()),
            cancel
        );
    }

    private async Task<Outcome<SuspenseAnswer>> AssignAsync(
        Unit unit,
        string? sid,
        string? accountSid,
        long? amountCents,
        string reason
    )
    {
        // The account is locked first (see AccountLocks).
        if (
            !Names.IsSid(accountSid)
            || await unit.LockAccountAsync(accountSid!) is not { } account
            || await FindAsync(unit, sid) is not { } item
        )
            return Refusals.NotFound;
        if (CheckAmount(item, amountCents) is { } invalid)
            return invalid;
        if (await DecideAsync(unit, item, SuspenseState.Assigned, account.Sid, reason) is { } no)
            return no;
        var reference = SettlePayment.Reference(item.Provider, item.CheckoutId);
        var amount = item.Booked > 0 ? item.Booked : Money.FromCents(amountCents!.Value);
        if (item.Booked == 0)
            Ledger.Move(unit, item.Provider, Ledger.Suspense, amount, TransferKind.SuspenseIn, reference, reason);
        await Ledger.CreditAsync(
            unit,
            account.Sid,
            Ledger.Suspense,
            amount,
            TransferKind.SuspenseAssigned,
            reference,
            reason
        );
        await queueWaiting(unit, account.Sid);
        await CloseIntentAsync(unit, item, p => p.AccountSid == account.Sid, PaymentState.Credited, null);
        await CloseIntentAsync(unit, item, p => p.AccountSid != account.Sid, PaymentState.NotPaid, "assigned");
        unit.Note(
            account.Sid,
            new
            {
                suspense = item.Sid,
                checkout = item.CheckoutId,
                amount_cents = Money.Cents(amount),
                reason,
            }
        );
        return new SuspenseAnswer(item.Sid, SuspenseState.Assigned, account.Sid, Money.Cents(amount));
    }

    private static Refusal? CheckAmount(SuspenseItem item, long? amountCents) =>
        item.Booked == 0
            ? amountCents is > 0 and <= AdjustCredit.MostCents
                ? null
                : CreditRefusals.AmountInvalid with
                {
                    Detail = "Nothing was booked for it: give 'amount_cents', what it is worth here.",
                }
            : amountCents is null
                ? null
                : CreditRefusals.AmountInvalid with
                {
                    Detail = "What was booked is assigned as a whole: leave 'amount_cents' out.",
                };

    private static async Task<Outcome<SuspenseAnswer>> ReturnAsync(
        Unit unit,
        string? sid,
        long? amountCents,
        string reason
    )
    {
        if (amountCents is not null)
            return CreditRefusals.AmountInvalid with { Detail = "'amount_cents' is for 'assign' only." };
        if (await FindAsync(unit, sid) is not { } item)
            return Refusals.NotFound;
        var owner = await unit
            .Db.PaymentIntents.Where(p => p.Sid == item.IntentSid)
            .Select(p => p.AccountSid)
            .SingleOrDefaultAsync();
        if (owner is not null)
            await unit.LockAccountAsync(owner);
        if (await DecideAsync(unit, item, SuspenseState.Refunded, null, reason) is { } no)
            return no;
        if (item.Booked > 0)
            Ledger.Move(
                unit,
                Ledger.Suspense,
                item.Provider,
                item.Booked,
                TransferKind.SuspenseRefunded,
                SettlePayment.Reference(item.Provider, item.CheckoutId),
                reason
            );
        await CloseIntentAsync(unit, item, p => p.AccountSid == owner, PaymentState.NotPaid, "refunded");
        unit.Note(
            owner,
            new
            {
                suspense = item.Sid,
                checkout = item.CheckoutId,
                amount_cents = Money.Cents(item.Booked),
                reason,
            }
        );
        return new SuspenseAnswer(item.Sid, SuspenseState.Refunded, null, Money.Cents(item.Booked));
    }

    private static async Task<SuspenseItem?> FindAsync(Unit unit, string? sid) =>
        Names.IsSid(sid) ? await unit.Db.Suspense.AsNoTracking().SingleOrDefaultAsync(s => s.Sid == sid) : null;

    private static async Task<Refusal?> DecideAsync(
        Unit unit,
        SuspenseItem item,
        SuspenseState state,
        string? accountSid,
        string reason
    )
    {
        DateTimeOffset? now = unit.Now;
        var by = unit.Actor.ToString();
        return
            await unit
                .Db.Suspense.Where(s => s.Sid == item.Sid && s.State == SuspenseState.Open)
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(s => s.State, state)
                        .SetProperty(s => s.AccountSid, accountSid)
                        .SetProperty(s => s.ResolvedAt, now)
                        .SetProperty(s => s.ResolvedBy, by)
                        .SetProperty(s => s.ResolvedNote, reason)
                ) == 1
            ? null
            : PaymentRefusals.SuspenseResolved;
    }

    /// <summary>Closes the intent of the checkout too, so that its owner no longer sees it as being checked.</summary>
    private static Task CloseIntentAsync(
        Unit unit,
        SuspenseItem item,
        Expression<Func<PaymentIntent, bool>> whose,
        PaymentState state,
        string? why
    )
    {
        DateTimeOffset? now = unit.Now;
        return unit
            .Db.PaymentIntents.Where(p =>
                p.Provider == item.Provider && p.CheckoutId == item.CheckoutId && p.State != PaymentState.Credited
            )
            .Where(whose)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(p => p.State, state)
                    .SetProperty(p => p.Reason, why)
                    .SetProperty(p => p.SettledAt, now)
                    .SetProperty(p => p.Url, (string?)null)
            );
    }
}

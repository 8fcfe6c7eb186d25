using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>
/// Books transfers inside the caller's unit of work. Customers have a stored balance that changes in the commit of
/// the transfer. The balances of other ledger accounts are sums of transfers: a stored row for revenue would
/// serialize all purchases.
/// </summary>
public static class Ledger
{
    public const string Revenue = "revenue";
    public const string Adjustment = "adjustment";

    /// <summary>Money of providers that matches no intent, until an operator decides.</summary>
    public const string Suspense = "suspense";

    public static string Of(string accountSid) => "customer:" + accountSid;

    /// <summary>Credits a customer.</summary>
    /// <param name="amount">Micro-dollars, above zero.</param>
    /// <returns>False when there is no such customer; nothing was changed.</returns>
    public static async Task<bool> CreditAsync(
        Unit unit,
        string accountSid,
        string from,
        long amount,
        TransferKind kind,
        string reference,
        string? reason = null
    )
    {
        if (
            await unit
                .Db.Accounts.Where(a => a.Sid == accountSid)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.Balance, a => a.Balance + amount)) == 0
        )
            return false;
        Book(unit, from, Of(accountSid), amount, kind, reference, reason);
        return true;
    }

    /// <summary>
    /// Takes money from a customer, below zero if need be: usage, disputes, corrections. Purchases use
    /// <see cref="ChargeAsync"/>.
    /// </summary>
    /// <inheritdoc cref="CreditAsync"/>
    public static async Task<bool> DebitAsync(
        Unit unit,
        string accountSid,
        string to,
        long amount,
        TransferKind kind,
        string reference,
        string? reason = null
    )
    {
        if (
            await unit
                .Db.Accounts.Where(a => a.Sid == accountSid)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.Balance, a => a.Balance - amount)) == 0
        )
            return false;
        Book(unit, Of(accountSid), to, amount, kind, reference, reason);
        return true;
    }

    /// <summary>
    /// Charges a purchase. The UPDATE itself checks that the credit suffices and that the customer may buy.
    /// </summary>
    public static async Task<Refusal?> ChargeAsync(
        Unit unit,
        string accountSid,
        long amount,
        TransferKind kind,
        string reference
    )
    {
        if (amount == 0)
            return null;
        var charged = await unit
            .Db.Accounts.Where(a =>
                a.Sid == accountSid
                && a.Balance >= amount
                && a.SuspendedAt == null
                && a.KycStatus == Accounts.KycStatus.Completed
            )
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.Balance, a => a.Balance - amount));
        if (charged == 0)
            return CreditRefusals.CreditInsufficient;
        Book(unit, Of(accountSid), Revenue, amount, kind, reference, null);
        return null;
    }

    /// <summary>
    /// Moves money between ledger accounts that are not customers', such as a provider and <see cref="Suspense"/>.
    /// </summary>
    public static void Move(
        Unit unit,
        string debit,
        string credit,
        long amount,
        TransferKind kind,
        string reference,
        string? reason = null
    ) => Book(unit, debit, credit, amount, kind, reference, reason);

    private static void Book(
        Unit unit,
        string debit,
        string credit,
        long amount,
        TransferKind kind,
        string reference,
        string? reason
    )
    {
        var transfer = new Transfer
        {
            Sid = unit.NewSid(),
            Debit = debit,
            Credit = credit,
            Amount = amount > 0 ? amount : throw new ArgumentOutOfRangeException(nameof(amount)),
            Kind = kind,
            Reference = reference,
            Reason = reason,
            Actor = unit.Actor.ToString(),
            CreatedAt = unit.Now,
        };
        unit.Db.Transfers.Add(transfer);
        if (CustomerOf(transfer) is { } customer)
            Receipts.Issue(unit, transfer, customer);
    }

    /// <summary>
    /// The account sid of the customer on either side of a transfer; null where no customer is involved.
    /// </summary>
    public static string? CustomerOf(Transfer transfer)
    {
        const string customer = "customer:";
        return transfer.Credit.StartsWith(customer, StringComparison.Ordinal) ? transfer.Credit[customer.Length..]
            : transfer.Debit.StartsWith(customer, StringComparison.Ordinal) ? transfer.Debit[customer.Length..]
            : null;
    }
}

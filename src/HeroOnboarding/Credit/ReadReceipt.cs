using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>A receipt with its transfer.</summary>
/// <param name="What">The text of the statement.</param>
/// <param name="Amount">Micro-dollars, always positive.</param>
/// <param name="Effect">The change of the customer's credit in micro-dollars; negative when it decreased.</param>
public sealed record ReceiptOf(Receipt Receipt, string What, string? Why, long Amount, long Effect, string Reference);

/// <summary>Reads one receipt by its number, for its customer or for an operator.</summary>
public sealed class ReadReceipt(Database database)
{
    /// <param name="accountSid">The customer whose receipt it must be; null for operators, who see all.</param>
    /// <returns>Null for an unknown receipt and for another customer's.</returns>
    public async Task<ReceiptOf?> RunAsync(string? number, string? accountSid, CancellationToken cancel)
    {
        if (!Receipts.IsNumber(number))
            return null;
        await using var db = database.Read();
        var found = await (
            from r in db.Receipts
            join t in db.Transfers on r.TransferSid equals t.Sid
            where r.Number == number && (accountSid == null || r.AccountSid == accountSid)
            select new { Receipt = r, Transfer = t }
        ).SingleOrDefaultAsync(cancel);
        if (found is null)
            return null;
        var (receipt, transfer) = (found.Receipt, found.Transfer);
        var bought = ReadStatement.PurchaseOf(transfer);
        var machines = await db
            .Purchases.Where(p => p.Sid == bought)
            .Select(p => (int?)p.VmCount)
            .SingleOrDefaultAsync(cancel);
        return new(
            receipt,
            TransferWords.Of(transfer.Kind, machines),
            transfer.Reason,
            transfer.Amount,
            ReadStatement.Effect(transfer, receipt.AccountSid),
            transfer.Reference
        );
    }
}

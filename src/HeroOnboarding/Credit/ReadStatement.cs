using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>One movement of a customer's credit, in plain words.</summary>
/// <param name="Amount">Micro-dollars; negative when credit left.</param>
public sealed record StatementLine(string Sid, DateTimeOffset At, string What, string? Why, long Amount);

/// <summary>What happened to a customer's credit, newest first.</summary>
public sealed class ReadStatement(Database database)
{
    public const int PageSize = 50;

    /// <param name="after">Go on after this line; anything that is no sid starts at the top.</param>
    public async Task<PageOf<StatementLine>> RunAsync(string accountSid, string? after, int size = PageSize, CancellationToken cancel = default)
    {
        await using var db = database.Read();
        var me = Ledger.Of(accountSid);
        var transfers = db.Transfers.Where(t => t.Debit == me || t.Credit == me);
        if (Names.IsSid(after))
            transfers = transfers.Where(t => string.Compare(t.Sid, after) < 0);
        var page = (await transfers.OrderByDescending(t => t.Sid).Take(size + 1).ToListAsync(cancel)).ToPage(size, t => t.Sid);
        var bought = page.Rows.Where(t => t.Kind == TransferKind.PlanPurchase).Select(t => t.Reference).ToList();
        var plans = await db.Purchases.Where(p => bought.Contains(p.Sid)).ToDictionaryAsync(p => p.Sid, p => p.VmCount, cancel);
        return new([.. page.Rows.Select(t => new StatementLine(t.Sid, t.CreatedAt, Words(t, plans), t.Reason, t.Credit == me ? t.Amount : -t.Amount))], page.Next);
    }

    private static string Words(Transfer transfer, Dictionary<string, int> plans) => transfer.Kind switch
    {
        TransferKind.OperatorCredit => "Credit added by the operator",
        TransferKind.OperatorDebit => "Credit taken by the operator",
        TransferKind.PlanPurchase => plans.TryGetValue(transfer.Reference, out var machines) ? $"Plan bought: {Shared.Show.Count(machines, "machine")}, 30 days" : "Plan bought",
        TransferKind.TopUp => "Credit added",
        TransferKind.SuspenseAssigned => "Payment assigned by the operator",
        TransferKind.SuspenseRefunded => "Payment returned by the provider",
        _ => transfer.Kind.ToString(),
    };
}

using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>One movement of a customer's credit, in plain words.</summary>
/// <param name="Amount">Micro-dollars; negative when credit left.</param>
/// <param name="Receipt">Its number; null for what moved before there were receipts.</param>
public sealed record StatementLine(string Sid, DateTimeOffset At, string What, string? Why, long Amount, string? Receipt);

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
        var lines = from t in transfers.OrderByDescending(t => t.Sid).Take(size + 1)
                    join r in db.Receipts on t.Sid equals r.TransferSid into receipts
                    from r in receipts.DefaultIfEmpty()
                    orderby t.Sid descending
                    select new { Transfer = t, Receipt = (string?)r.Number };
        var page = (await lines.ToListAsync(cancel)).ToPage(size, l => l.Transfer.Sid);
        var plans = await PlansAsync(db, page.Rows.Select(l => l.Transfer), cancel);
        return page.As(l => new StatementLine(l.Transfer.Sid, l.Transfer.CreatedAt, Words(l.Transfer, plans), l.Transfer.Reason, Effect(l.Transfer, accountSid), l.Receipt));
    }

    /// <summary>What a transfer did to this customer's credit: micro-dollars, negative when credit left.</summary>
    internal static long Effect(Transfer transfer, string accountSid) => transfer.Credit == Ledger.Of(accountSid) ? transfer.Amount : -transfer.Amount;

    /// <summary>How many machines each purchase among these transfers was for.</summary>
    internal static async Task<IReadOnlyDictionary<string, int>> PlansAsync(OnboardingDb db, IEnumerable<Transfer> transfers, CancellationToken cancel)
    {
        var bought = transfers.Where(t => t.Kind is TransferKind.PlanPurchase or TransferKind.PlanRenewal or TransferKind.PlanRest or TransferKind.PlanCancelled).Select(PurchaseOf).Distinct().ToList();
        return bought.Count == 0 ? new Dictionary<string, int>() : await db.Purchases.Where(p => bought.Contains(p.Sid)).ToDictionaryAsync(p => p.Sid, p => p.VmCount, cancel);
    }

    /// <summary>The purchase that a transfer about a plan is for; a renewal's reference also names the end that it extends.</summary>
    private static string PurchaseOf(Transfer transfer) => transfer.Reference.Split(':')[0];

    private static string OfPlan(string what, Transfer transfer, IReadOnlyDictionary<string, int> plans, string more) =>
        plans.TryGetValue(PurchaseOf(transfer), out var machines) ? $"{what}: {Shared.Show.Count(machines, "machine")}{more}" : what;

    /// <summary>What happened, in plain words; the statement and the receipt use the same.</summary>
    internal static string Words(Transfer transfer, IReadOnlyDictionary<string, int> plans) => transfer.Kind switch
    {
        TransferKind.OperatorCredit => "Credit added by the operator",
        TransferKind.OperatorDebit => "Credit taken by the operator",
        TransferKind.PlanPurchase => OfPlan("Plan bought", transfer, plans, ", 30 days"),
        TransferKind.PlanRenewal => OfPlan("Plan renewed", transfer, plans, ", 30 days"),
        TransferKind.PlanRest => OfPlan("Unused rest of the plan before", transfer, plans, ""),
        TransferKind.PlanCancelled => OfPlan("Plan cancelled", transfer, plans, ", full price back"),
        TransferKind.TopUp => "Credit added",
        TransferKind.SuspenseAssigned => "Payment assigned by the operator",
        TransferKind.SuspenseRefunded => "Payment returned by the provider",
        _ => transfer.Kind.ToString(),
    };
}

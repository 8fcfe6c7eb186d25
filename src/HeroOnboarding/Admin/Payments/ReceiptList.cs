using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Payments;

/// <summary>A receipt.</summary>
/// <param name="AmountCents">The change of the customer's credit: whole cents, rounded down; negative
/// when it decreased.</param>
public sealed record ReceiptRow(
    string Number,
    DateTimeOffset IssuedAt,
    string UserSid,
    string UserName,
    TransferKind Kind,
    long AmountCents,
    string Reference,
    string? Reason
)
{
    public static ReceiptRow Of(Receipt r, Transfer t) =>
        new(
            r.Number,
            r.IssuedAt,
            r.AccountSid,
            r.AccountName,
            t.Kind,
            Money.Cents(ReadStatement.Effect(t, r.AccountSid)),
            t.Reference,
            t.Reason
        );
}

/// <summary>All receipts, newest first.</summary>
internal static class ReceiptList
{
    public static readonly ListOf<ReceiptRow> List = new(
        "/admin/receipts",
        [("number", nameof(Receipt.Number))],
        new Dictionary<string, string[]?>(),
        FindAsync
    )
    {
        IsOfCustomers = true,
    };

    private static async Task<Outcome<PageOf<ReceiptRow>>> FindAsync(
        OnboardingDb db,
        ListQuery asked,
        CancellationToken cancel
    )
    {
        var page = await Keyset.PageAsync<Receipt>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(db, rows, asked),
            cancel
        );
        if (page.IsRefused)
            return page.Refusal;
        var sids = page.Value.Rows.Select(r => r.TransferSid).ToList();
        var transfers = await db.Transfers.Where(t => sids.Contains(t.Sid)).ToDictionaryAsync(t => t.Sid, cancel);
        return page.Value.As(r => ReceiptRow.Of(r, transfers[r.TransferSid]));
    }

    private static IQueryable<Receipt> Narrow(OnboardingDb db, IQueryable<Receipt> rows, ListQuery asked)
    {
        if (asked.Q is not { } q)
            return rows;
        var (sid, like) = (q.ToUpperInvariant(), asked.Pattern);
        if (Receipts.IsNumber(q))
            return rows.Where(r => r.Number == q);
        return Names.IsSid(q)
            ? rows.Where(r =>
                r.AccountSid == sid
                || r.TransferSid == sid
                || db.Set<Transfer>().Any(t => t.Sid == r.TransferSid && t.Reference == sid)
            )
            : rows.Where(r =>
                EF.Functions.Like(r.Number, like, ListQuery.Escape)
                || EF.Functions.Like(r.AccountName.ToLower(), like, ListQuery.Escape)
                || db.Set<Transfer>()
                    .Any(t =>
                        t.Sid == r.TransferSid && EF.Functions.Like(t.Reference.ToLower(), like, ListQuery.Escape)
                    )
            );
    }
}

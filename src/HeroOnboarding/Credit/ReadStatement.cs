using System.Data.Common;
using HeroOnboarding.Store;

namespace HeroOnboarding.Credit;

/// <summary>One transfer of a customer, in words.</summary>
/// <param name="Amount">Micro-dollars; negative when the credit decreased.</param>
/// <param name="Receipt">The receipt's number; null for transfers of a release without receipts.</param>
public sealed record StatementLine(
    string Sid,
    DateTimeOffset At,
    string What,
    string? Why,
    long Amount,
    string? Receipt
);

/// <summary>Reads the transfers of a customer, newest first.</summary>
public sealed class ReadStatement(Database database)
{
    public const int PageSize = 50;
    private readonly string first = Sql(database, ""),
        next = Sql(database, " AND sid < $3");

    /// <param name="after">The sid of the last line of the page before; any text that is not a sid starts with
    /// the newest line.</param>
    public async Task<PageOf<StatementLine>> RunAsync(
        string accountSid,
        string? after,
        int size = PageSize,
        CancellationToken cancel = default
    )
    {
        cancel.ThrowIfCancellationRequested();
        var goesOn = Names.IsSid(after);
        object?[] values = goesOn
            ? [Ledger.Of(accountSid), (long)size + 1, after]
            : [Ledger.Of(accountSid), (long)size + 1];
        var page = (await database.ReadAsync(look => look.ListAsync(goesOn ? next : first, Line, values))).ToPage(
            size,
            l => l.Transfer.Sid
        );
        return page.As(l => new StatementLine(
            l.Transfer.Sid,
            l.Transfer.CreatedAt,
            TransferWords.Of(l.Transfer.Kind, l.Machines),
            l.Transfer.Reason,
            Effect(l.Transfer, accountSid),
            l.Receipt
        ));
    }

    /// <summary>
    /// Each side by its own index: for one condition with OR, SQLite reads the transfers of all customers until the
    /// page is full.
    /// </summary>
    private static string Sql(Database database, string more) => Sql(RowMapper<Transfer>.In(database), more);

    private static string Sql(RowMapper<Transfer> row, string more) =>
        $"""
            SELECT {row.ColumnsOf("t")}, r.number, p.vm_count
            FROM (SELECT {row.Columns} FROM transfers WHERE debit = $1{more}
                  UNION ALL SELECT {row.Columns} FROM transfers WHERE credit = $1{more} ORDER BY sid DESC LIMIT $2) t
            LEFT JOIN receipts r ON r.transfer_sid = t.sid
            LEFT JOIN purchases p ON p.sid = substr(t.reference, 1, {Names.SidLength})
            ORDER BY t.sid DESC
            """;

    private (Transfer Transfer, string? Receipt, int? Machines) Line(DbDataReader reader)
    {
        var row = RowMapper<Transfer>.In(database);
        return (
            row.Read(reader),
            reader.IsDBNull(row.Count) ? null : reader.GetString(row.Count),
            reader.IsDBNull(row.Count + 1) ? null : reader.GetInt32(row.Count + 1)
        );
    }

    /// <summary>
    /// The change of this customer's credit by a transfer: micro-dollars, negative when it decreased.
    /// </summary>
    internal static long Effect(Transfer transfer, string accountSid) =>
        transfer.Credit == Ledger.Of(accountSid) ? transfer.Amount : -transfer.Amount;

    /// <summary>
    /// The purchase of a transfer about a plan; a renewal's reference also contains the end that it extends.
    /// </summary>
    internal static string PurchaseOf(Transfer transfer) => transfer.Reference.Split(':')[0];
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>
/// Numbers the transfers of a unit. The counter's row is locked until the unit ends, so numbers have no gaps and other
/// units wait for it. It is therefore the last lock that a unit takes.
/// </summary>
public static class Receipts
{
    /// <summary>Writes the transfer's receipt when the unit is about to commit.</summary>
    internal static void Issue(Unit unit, Transfer transfer, string accountSid) =>
        unit.AtEnd(async () =>
        {
            var year = unit.Now.UtcDateTime.Year;
            var seq = (
                await unit
                    .Db.Database.SqlQueryRaw<long>(
                        """
                        INSERT INTO receipt_counters (year, last) VALUES ({0}, 1)
                        ON CONFLICT (year) DO UPDATE SET last = receipt_counters.last + 1 RETURNING last AS "Value"
                        """,
                        year
                    )
                    .ToListAsync()
            ).Single();
            var seller = unit.Options<SiteOptions>();
            var who = await unit
                .Db.Accounts.Where(a => a.Sid == accountSid)
                .Select(a => new { a.ForgeLogin, a.MyceliumAddress })
                .SingleAsync();
            unit.Db.Set<Receipt>()
                .Add(
                    new Receipt
                    {
                        Number = NumberOf(year, seq),
                        Year = year,
                        Seq = seq,
                        TransferSid = transfer.Sid,
                        AccountSid = accountSid,
                        AccountName = Account.NameOf(who.ForgeLogin, who.MyceliumAddress, accountSid),
                        SellerName = seller.SellerName,
                        SellerAddress = seller.SellerAddress,
                        IssuedAt = unit.Now,
                    }
                );
        });

    /// <summary>"2026-000042".</summary>
    public static string NumberOf(int year, long seq) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{year:0000}-{seq:000000}");

    /// <summary>
    /// True when the text has the form of a receipt's number; any other text is answered like an unknown number.
    /// </summary>
    public static bool IsNumber(string? text) =>
        text is { Length: >= 11 and <= 24 } && text[4] == '-' && text.Where((_, i) => i != 4).All(char.IsAsciiDigit);

    public static void Map(ModelBuilder model)
    {
        model.Entity<Receipt>(row =>
        {
            row.ToTable("receipts", t => t.HasCheckConstraint("ck_receipts_seq", "seq > 0")).HasKey(r => r.Number);
            row.HasIndex(r => new { r.Year, r.Seq }).IsUnique();
            row.HasIndex(r => r.TransferSid).IsUnique();
            row.HasIndex(r => new { r.AccountSid, r.Number });
            row.HasOne<Transfer>().WithMany().HasForeignKey(r => r.TransferSid).OnDelete(DeleteBehavior.Restrict);
            row.HasOne<Account>().WithMany().HasForeignKey(r => r.AccountSid).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<ReceiptCounter>(row =>
        {
            row.ToTable("receipt_counters").HasKey(c => c.Year);
            row.Property(c => c.Year).ValueGeneratedNever();
        });
    }
}

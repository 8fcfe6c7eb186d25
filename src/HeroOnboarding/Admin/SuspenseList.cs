using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin;

/// <summary>A put-aside payment as the list shows it.</summary>
/// <param name="AmountMinor">In the currency's smallest unit, as the provider said.</param>
/// <param name="BookedCents">US cents that wait in the ledger account <c>suspense</c>; 0 where nothing was booked.</param>
public sealed record SuspenseRow(
    string Sid, string Provider, string CheckoutId, string? PaymentId, string? PaymentSid, long AmountMinor, string Currency, bool Live, long BookedCents, string Why, SuspenseState State,
    DateTimeOffset CreatedAt, DateTimeOffset? ResolvedAt, string? ResolvedBy, string? ResolvedNote, string? UserSid)
{
    public static SuspenseRow Of(SuspenseItem s) => new(
        s.Sid, s.Provider, s.CheckoutId, s.PaymentId, s.IntentSid, s.AmountMinor, s.Currency, s.Live, Money.Cents(s.Booked), s.Why, s.State, s.CreatedAt, s.ResolvedAt, s.ResolvedBy, s.ResolvedNote, s.AccountSid);

    /// <summary>"12.34 USD": as the provider said it; not every currency has two decimals, so odd ones are shown in their smallest unit.</summary>
    public string Amount => Currency == StartTopUp.Currency ? Money.Show(Money.FromCents(Math.Clamp(AmountMinor, 0, 100_000_000_000))) : $"{AmountMinor:N0} {Currency.ToUpperInvariant()} (smallest unit)";
}

/// <summary>Payments that fit nothing, waiting and decided.</summary>
internal static class SuspenseList
{
    public static readonly ListOf<SuspenseRow> List = new("/admin/suspense",
        [("created", nameof(SuspenseItem.Sid))],
        new Dictionary<string, string[]?> { ["state"] = [.. Enum.GetValues<SuspenseState>().Select(Names.Of)] }, FindAsync)
    { IsOfCustomers = true };

    private static async Task<Outcome<PageOf<SuspenseRow>>> FindAsync(OnboardingDb db, Asked asked, CancellationToken cancel)
    {
        var page = await Keyset.PageAsync<SuspenseItem>(db, asked.Order, asked.After, asked.Size, rows => Narrow(rows, asked), cancel);
        return page.IsRefused ? page.Refusal : page.Value.As(SuspenseRow.Of);
    }

    private static IQueryable<SuspenseItem> Narrow(IQueryable<SuspenseItem> rows, Asked asked)
    {
        if (asked.Filter("state") is { } name)
        {
            var state = Names.Parse<SuspenseState>(name);
            rows = rows.Where(s => s.State == state);
        }
        if (asked.Q is not { } q)
            return rows;
        var sid = q.ToUpperInvariant();
        return rows.Where(s => s.CheckoutId == q || s.PaymentId == q || s.EventId == q || s.Sid == sid || s.IntentSid == sid || s.AccountSid == sid);
    }
}

/// <summary><c>/admin/suspense</c></summary>
public sealed class SuspensePage(Database database, TimeProvider clock) : ListPage<SuspenseRow>(SuspenseList.List, database, clock);

/// <summary><c>/admin/suspense/{sid}</c>: one put-aside payment, what is known of it, and the decision.</summary>
public sealed class SuspenseItemPage(Database database) : PageModel
{
    public SuspenseRow Item { get; private set; } = null!;

    /// <summary>Whose payment it claims to be, where there is one.</summary>
    public Account? Claimed { get; private set; }

    public PaymentIntent? Payment { get; private set; }

    public async Task<IActionResult> OnGetAsync(string sid, CancellationToken cancel)
    {
        await using var db = database.Read();
        var wanted = Names.IsSid(sid) ? sid.ToUpperInvariant() : "";
        if (await db.Suspense.FirstOrDefaultAsync(s => s.Sid == wanted, cancel) is not { } item)
            return await this.RefuseAsync(Refusals.NotFound);
        Item = SuspenseRow.Of(item);
        Payment = await db.PaymentIntents.FirstOrDefaultAsync(p => p.Sid == item.IntentSid, cancel);
        Claimed = Payment is null ? null : await db.Accounts.SingleAsync(a => a.Sid == Payment.AccountSid, cancel);
        if (Claimed is not null)
            await NoteAccess.OfCustomerAsync(HttpContext, Claimed.Sid, new { suspense = item.Sid });
        return Page();
    }
}

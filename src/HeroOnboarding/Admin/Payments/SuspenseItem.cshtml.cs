using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Customers;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Payments;

/// <summary><c>/admin/suspense/{sid}</c>: one payment in suspense, and the decision about it.</summary>
public sealed class SuspenseItemModel(Database database) : PageModel
{
    public SuspenseRow Item { get; private set; } = null!;

    /// <summary>The customer of the intent that the payment names; null for none.</summary>
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

using HeroOnboarding.Admin.Customers;
using HeroOnboarding.Credit;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Payments;

/// <summary><c>/admin/receipts/{number}</c>: the receipt as the customer sees it.</summary>
public sealed class ReceiptModel(ReadReceipt receipts) : PageModel
{
    public ReceiptOf Found { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string number, CancellationToken cancel)
    {
        if (await receipts.RunAsync(number, null, cancel) is not { } found)
            return await this.RefuseAsync(Refusals.NotFound);
        await NoteAccess.OfCustomerAsync(HttpContext, found.Receipt.AccountSid, new { receipt = number });
        Found = found;
        return Page();
    }
}

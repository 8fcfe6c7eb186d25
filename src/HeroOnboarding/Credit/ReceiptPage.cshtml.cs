using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Credit;

/// <summary><c>/receipts/{number}</c>: one receipt of the customer, to print or keep.</summary>
public sealed class ReceiptPageModel(ReadReceipt receipts) : PageModel
{
    public ReceiptOf Found { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string number, CancellationToken cancel)
    {
        if (await receipts.RunAsync(number, User.AccountSid(), cancel) is { } found)
        {
            Found = found;
            return Page();
        }
        await Problems.WriteAsync(HttpContext, Refusals.NotFound);
        return new EmptyResult();
    }
}

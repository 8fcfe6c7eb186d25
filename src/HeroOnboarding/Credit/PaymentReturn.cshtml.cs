using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Credit;

/// <summary>
/// <c>/payment/return</c>: where the provider sends people back, and where a payment's state is. What the address says
/// decides nothing; signed out it shows nothing, and what is not theirs looks like
/// what does not exist.
/// </summary>
public sealed class PaymentReturnModel(ReadPayments payments, MarkReturned mark) : PageModel
{
    /// <summary>The provider's id of the checkout, after paying.</summary>
    [BindProperty(SupportsGet = true, Name = "session_id")]
    public string? SessionId { get; set; }

    /// <summary>Our sid of the payment, after turning back on the provider's page.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Cancelled { get; set; }

    /// <summary>Our sid of the payment, on our own links.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Payment { get; set; }

    public PaymentView? Found { get; private set; }

    public static string PathOf(string sid) => "/payment/return?payment=" + Uri.EscapeDataString(sid);

    /// <summary>This address, for coming back after the sign-in.</summary>
    public string Here => Request.Path + Request.QueryString;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await FindAsync(cancel);
        if (Found is not { Payment: { State: PaymentState.Open, ReturnedAt: null } payment } || SessionId is null)
            return;
        await mark.RunAsync(HttpContext.Actor(), payment, cancel);
        await FindAsync(cancel);
    }

    /// <summary>Only the part that changes, for pages that look again by themselves.</summary>
    public async Task<IActionResult> OnGetStateAsync(CancellationToken cancel)
    {
        await FindAsync(cancel);
        return Partial("/Credit/_PaymentState.cshtml", this);
    }

    private async Task FindAsync(CancellationToken cancel)
    {
        if (!User.IsCustomer())
            return;
        Found = await payments.FindAsync(User.AccountSid(), SessionId, Payment ?? Cancelled, cancel);
        if (Found is null)
            Response.StatusCode = StatusCodes.Status404NotFound;
    }
}

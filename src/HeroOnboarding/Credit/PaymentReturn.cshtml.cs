using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Credit;

/// <summary>
/// <c>/payment/return</c>: the page that the provider redirects to, with the state of a payment. Its parameters do not
/// change any credit. Without a session it shows nothing; another customer's payment is answered like an unknown one.
/// </summary>
public sealed class PaymentReturnModel(ReadPayments payments, MarkReturned mark) : PageModel
{
    /// <summary>The provider's id of the checkout, after paying.</summary>
    [BindProperty(SupportsGet = true, Name = "session_id")]
    public string? SessionId { get; set; }

    /// <summary>The sid of the payment, after cancelling on the provider's page.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Cancelled { get; set; }

    /// <summary>The sid of the payment, on links of the portal.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Payment { get; set; }

    public PaymentView? Found { get; private set; }

    public static string PathOf(string sid) => "/payment/return?payment=" + Uri.EscapeDataString(sid);

    /// <summary>This address, to return to after the sign-in.</summary>
    public string Here => Request.Path + Request.QueryString;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await FindAsync(cancel);
        if (Found is not { Payment: { State: PaymentState.Open, ReturnedAt: null } payment } || SessionId is null)
            return;
        await mark.RunAsync(HttpContext.Actor(), payment, cancel);
        await FindAsync(cancel);
    }

    /// <summary>Only the part that changes, for polling.</summary>
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

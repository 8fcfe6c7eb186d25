using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Accounts;

/// <summary><c>/account/link</c>: names both identities and asks before they are joined in one account.</summary>
public sealed class LinkPageModel(LinkIdentity links) : PageModel
{
    public Account Account => (Account)HttpContext.Items[typeof(Account)]!;
    public LinkIdentity.Offer Offer { get; private set; } = null!;
    public string Sealed { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync([FromQuery(Name = "offer")] string? offer)
    {
        if (links.Open(offer, User) is not { } found)
        {
            await Http.SeeOtherRefused("/account", AccountRefusals.SignInFailed).ExecuteAsync(HttpContext);
            return new EmptyResult();
        }
        (Offer, Sealed) = (found, offer!);
        return Page();
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Accounts;

/// <summary><c>/login/switch</c>: asks before a sign-in replaces another account.</summary>
public sealed class SwitchPageModel(SwitchAccount asks, Database database) : PageModel
{
    /// <summary>The proven identity, and the page to return to.</summary>
    public SwitchAccount.Offer Offer { get; private set; } = null!;
    public string Sealed { get; private set; } = "";
    public bool IsNew { get; private set; }
    public string Name => Offer.Identity.Name;

    public async Task<IActionResult> OnGetAsync([FromQuery(Name = "offer")] string? offer, CancellationToken cancel)
    {
        if (asks.Open(offer, User) is not { } found)
        {
            await Problems.WriteAsync(HttpContext, AccountRefusals.SignInFailed);
            return new EmptyResult();
        }
        (Offer, Sealed) = (found, offer!);
        await using var db = database.Read();
        IsNew = await Accounts.SignIn.FindAsync(db, found.Identity, cancel) is null;
        return Page();
    }
}

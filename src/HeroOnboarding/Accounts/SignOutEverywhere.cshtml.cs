using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>
/// <c>/account/sign-out-everywhere</c>: asks before every session of the customer ends. A page, so that it asks without
/// script and in every browser.
/// </summary>
public sealed class SignOutEverywhereModel(Database database, TimeProvider clock) : PageModel
{
    /// <summary>Live sessions of the customer, this browser's included.</summary>
    public int Places { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        Places = await Accounts.Sessions.LiveOf(db, User.AccountSid(), clock.Now()).CountAsync(cancel);
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>
/// <c>/account/sign-out-everywhere</c>: asks before every session of the customer ends. A page of its own, so that it
/// works without script.
/// </summary>
public sealed class SignOutEverywhereModel(Database database, TimeProvider clock) : PageModel
{
    /// <summary>The number of live sessions of the customer, including this browser's.</summary>
    public int Places { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        Places = await Accounts.Sessions.LiveOf(db, User.AccountSid(), clock.Now()).CountAsync(cancel);
    }
}

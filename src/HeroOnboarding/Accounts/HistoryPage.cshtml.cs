using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Accounts;

/// <summary><c>/account/history</c>: sign-ins and changes of identities.</summary>
public sealed class HistoryPageModel(ReadHistory history) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    public PageOf<HistoryLine> History { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancel) =>
        History = await history.RunAsync(User.AccountSid(), After, identityOnly: true, cancel);
}

using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Kyc;

/// <summary><c>/kyc</c>: how the verification stands, what is done with it, and the one button for it.</summary>
public class VerificationModel(ReadVerification read) : PageModel
{
    /// <summary>Null for somebody who is not signed in.</summary>
    public VerificationView? View { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) =>
        View = User.IsCustomer() ? await read.RunAsync(User.AccountSid(), cancel) : null;
}

using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Kyc;

/// <summary><c>/kyc</c>: the stage of the verification and its next action.</summary>
public class VerificationModel(ReadVerification read) : PageModel
{
    /// <summary>Null when no customer is signed in.</summary>
    public VerificationView? View { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel) =>
        View = User.IsCustomer() ? await read.RunAsync(User.AccountSid(), cancel) : null;
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Access;

/// <summary><c>/admin/login</c>: the available ways to sign in, and an explanation for customers.</summary>
public sealed class SignInModel(ForgeOptions forge, OperatorOptions operators, OperatorRoles roles) : PageModel
{
    public string Back { get; private set; } = "/admin";
    public bool HasForge => forge.IsOn;

    /// <summary>True when the shared secret opens pages: it is set, and there is no owner.</summary>
    public bool TakesSecret { get; private set; }
    public bool HasOwner { get; private set; }

    /// <summary>The signed-in customer who has no operator rights; null for all others.</summary>
    public Account? Customer { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Back = OperatorSignIn.BackTo(Request.Query["return_url"]);
        HasOwner = await roles.HasOwnerAsync(cancel);
        TakesSecret = operators.AdminSecret is not null && !HasOwner;
        await HttpContext.AuthenticateAsync(SessionAuthentication.SchemeName);
        if (
            HttpContext.Items[typeof(Account)] is Account { } account
            && !(account.ForgeId is { } id && await roles.OfAsync(id, cancel) is not null)
        )
            Customer = account;
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Admin.Access;

/// <summary><c>/admin/login</c>: the ways in that are open now, and for customers who came here a calm word.</summary>
public sealed class SignInModel(ForgeOptions forge, OperatorOptions operators, OperatorRoles roles) : PageModel
{
    public string Back { get; private set; } = "/admin";
    public bool HasForge => forge.IsOn;

    /// <summary>The shared secret opens pages: it is set, and there is no owner.</summary>
    public bool TakesSecret { get; private set; }
    public bool HasOwner { get; private set; }

    /// <summary>Who is signed in here as a customer and has no operator rights; null for everybody else.</summary>
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

using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Plans;

/// <summary>The one page that leads the way: verify, pay exactly what is missing, start.</summary>
public sealed class StartModel(ReadOnboarding journey, Catalogue catalogue) : PageModel
{
    /// <summary>A plan somebody wanted before signing in.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Plan { get; set; }

    /// <summary>The intent that a form chose just now.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Chosen { get; set; }

    /// <summary>When the form of the intent on this page was first sent; null when it was sent once.</summary>
    public DateTimeOffset? DoneBefore =>
        Chosen is not null && Journey.Intent?.Sid == Chosen ? RepeatedForm.FirstDone(Request, Journey.Now) : null;

    public OnboardingProgress Journey { get; private set; } = null!;

    /// <summary>The plan to choose first, where the address names another than the one that waits.</summary>
    public PlanConfig? Offered { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        Journey = await journey.RunAsync(User.AccountSid(), cancel);
        var wanted = catalogue.Find(Plan);
        Offered =
            Journey.Active is null && wanted is not null && !(Journey.IsOpen && Journey.Plan!.Id == wanted.Id)
                ? wanted
                : null;
        return Journey.IsOpen || Journey.Active is not null || Offered is not null
            ? Page()
            : RedirectToPage("/Plans/Plans");
    }
}

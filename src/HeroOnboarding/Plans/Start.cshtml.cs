using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Plans;

/// <summary><c>/start</c>: the three steps verify, pay, start.</summary>
public sealed class StartModel(ReadOnboarding journey, Catalogue catalogue) : PageModel
{
    /// <summary>The id of the plan that the visitor chose before the sign-in.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Plan { get; set; }

    /// <summary>The sid of the intent that a form has just created.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Chosen { get; set; }

    /// <summary>When the form of the intent on this page was first sent; null when it was sent once.</summary>
    public DateTimeOffset? DoneBefore =>
        Chosen is not null && Journey.Intent?.Sid == Chosen ? RepeatedForm.FirstDone(Request, Journey.Now) : null;

    public OnboardingProgress Journey { get; private set; } = null!;

    /// <summary>The plan to choose first, if the address names another one than the chosen plan.</summary>
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

using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary><c>/plan</c>: the customer's plan; renewal, upgrade and cancellation with exact amounts.</summary>
public sealed class PlanPageModel(ReadPlan read, Database database) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? Renewed { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Upgraded { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Cancelled { get; set; }

    [BindProperty(SupportsGet = true, Name = "auto_renew")]
    public string? AutoRenew { get; set; }

    public PlanView View { get; private set; } = null!;
    public Purchase? Plan => View.Plan;

    /// <summary>When a repeated form was first sent.</summary>
    public DateTimeOffset? DoneBefore => RepeatedForm.FirstDone(Request, View.Now);

    /// <summary>
    /// The result of the last form, as two sentences; null when it is not about a plan of this customer.
    /// </summary>
    public (string What, IHtmlContent More)? Said { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        View = await read.RunAsync(User.AccountSid(), cancel);
        Said = await SayAsync(cancel);
    }

    private async Task<(string, IHtmlContent)?> SayAsync(CancellationToken cancel)
    {
        if (Plan is { } plan && Renewed == plan.Sid)
            return (
                "Renewed.",
                Show.Around(
                    $"{Money.ShowExact(plan.Price)} was charged; your plan runs until ",
                    plan.PeriodEnd,
                    ". Your machines stay."
                )
            );
        if (Plan is { } larger && Upgraded == larger.Sid)
            return (
                $"You have {Show.Count(larger.VmCount, "machine")} now.",
                Show.Around(
                    "A new period of 30 days has begun; it runs until ",
                    larger.PeriodEnd,
                    ". Your machines stay."
                )
            );
        if (Plan is { AutoRenew: true } && AutoRenew == "on")
            return ("Your plan renews by itself.", Show.Text("Nothing was charged now."));
        if (Plan is { AutoRenew: false } mine && AutoRenew == "off")
            return (
                "Your plan does not renew by itself any more.",
                Show.Around("It ends on ", mine.PeriodEnd, " unless you renew it.")
            );
        if (!Names.IsSid(Cancelled))
            return null;
        var sid = User.AccountSid();
        await using var db = database.Read();
        return
            await db.Purchases.FirstOrDefaultAsync(
                p => p.AccountSid == sid && p.Sid == Cancelled && p.EndReason == "cancelled",
                cancel
            )
                is { } gone
            ? ("Your plan was cancelled.", Show.Text($"{Money.ShowExact(gone.Paid ?? gone.Price)} is credit again."))
            : null;
    }
}

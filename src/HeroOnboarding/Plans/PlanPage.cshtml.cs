using HeroOnboarding.Shared;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary><c>/plan</c>: the customer's plan, and renewing, upgrading or cancelling it with exact amounts.</summary>
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

    /// <summary>What the last form did, as two sentences; null when it is about nothing of theirs.</summary>
    public (string What, string More)? Said { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        View = await read.RunAsync(User.AccountSid(), cancel);
        Said = await SayAsync(cancel);
    }

    private async Task<(string, string)?> SayAsync(CancellationToken cancel)
    {
        if (Plan is { } plan && Renewed == plan.Sid)
            return ("Renewed.", $"{Credit.Money.ShowExact(plan.Price)} was charged; your plan runs until {Show.Utc(plan.PeriodEnd)}. Your machines stay.");
        if (Plan is { } larger && Upgraded == larger.Sid)
            return ($"You have {Show.Count(larger.VmCount, "machine")} now.", $"A new period of 30 days has begun; it runs until {Show.Utc(larger.PeriodEnd)}. Your machines stay.");
        if (Plan is { } mine && AutoRenew is "on" or "off")
            return AutoRenew == "on" && Plan.AutoRenew ? ("Your plan renews by itself.", "Nothing was charged now.")
                : AutoRenew == "off" && !Plan.AutoRenew ? ("Your plan does not renew by itself any more.", $"It ends on {Show.Utc(mine.PeriodEnd)} unless you renew it.") : null;
        if (!Names.IsSid(Cancelled))
            return null;
        var sid = User.AccountSid();
        await using var db = database.Read();
        return await db.Purchases.FirstOrDefaultAsync(p => p.AccountSid == sid && p.Sid == Cancelled && p.EndReason == "cancelled", cancel) is { } gone
            ? ("Your plan was cancelled.", $"{Credit.Money.ShowExact(gone.Paid ?? gone.Price)} is credit again.") : null;
    }
}

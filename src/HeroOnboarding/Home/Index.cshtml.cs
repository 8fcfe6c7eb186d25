using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Home;

/// <summary>The front page: what the portal is, its prices, how it works.</summary>
public sealed class IndexModel(Database database, Catalogue catalogue, Supply supply, TimeProvider clock) : PageModel
{
    public IReadOnlyList<PlanConfig> Plans => catalogue.Plans;
    public int Free { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        Free = await supply.CountAsync(db, clock.Now(), cancel);
    }
}

using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace HeroOnboarding.Home;

/// <summary>The front page: what this is, what it costs, how it works.</summary>
public sealed class IndexModel(Database database, Catalogue catalogue, ProbeOptions probes, TimeProvider clock)
    : PageModel
{
    public IReadOnlyList<PlanConfig> Plans => catalogue.Plans;
    public int Free { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = database.Read();
        Free = await db.PoolVms.CountFreeAsync(probes.ProvenSince(clock.Now()), cancel);
    }
}

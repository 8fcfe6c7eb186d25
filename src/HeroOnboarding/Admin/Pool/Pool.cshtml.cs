using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Pool;

/// <summary><c>/admin/pool</c></summary>
public sealed class PoolModel(Database database, TimeProvider clock, ProbeOptions probes)
    : ListPage<PoolRow>(PoolList.Of(probes, clock), database, clock)
{
    private const int MostUnlisted = 20;

    public bool IsProbed => probes.IsOn;
    public PoolCounts Counts { get; private set; } = null!;
    public PoolRefresh? LastRefresh { get; private set; }
    public PoolHistory History { get; private set; } = null!;

    /// <summary>Machines that the latest refresh unlisted and that customers still hold.</summary>
    public PageOf<PoolRow> Leaving { get; private set; } = null!;

    /// <summary>Machines that wait to be erased, the longest first; at most as many as one form may name.</summary>
    public IReadOnlyList<SeenVm> Waiting { get; private set; } = [];

    protected override async Task LoadAsync(OnboardingDb db, CancellationToken cancel)
    {
        Counts = await PoolCounts.ReadAsync(db, probes.ProvenSince(Now), cancel);
        LastRefresh = await db.PoolRefreshes.OrderByDescending(r => r.Sid).FirstOrDefaultAsync(cancel);
        History = await PoolHistory.ReadAsync(db, Request.Query["over"], Now, cancel);
        var asked = new ListQuery(
            null,
            new Dictionary<string, string> { ["state"] = "held", ["listed"] = "no" },
            "id",
            new(nameof(PoolVm.Id), false),
            null,
            MostUnlisted
        );
        if (Counts.Recycling > 0)
            Waiting = await db
                .PoolVms.In(PoolState.Recycling, null)
                .OrderBy(vm => vm.FreeSince)
                .ThenBy(vm => vm.Id)
                .Take(ChangeMany.Most)
                .Select(vm => new SeenVm(vm.Id, vm.LeaseNumber))
                .ToListAsync(cancel);
        Leaving = (await List.FindAsync(db, asked, cancel)).Value;
    }
}

using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin;

/// <summary>The one word on a machine for people: who has it, else what keeps it from being handed out, else free.</summary>
public enum PoolState { Free, Held, Recycling, Quarantined, Maintenance, Unlisted }

/// <summary>A machine of the pool as the list shows it.</summary>
public sealed record PoolRow(
    string Id, PoolState State, PoolStatus Status, PoolCondition Condition, string? ConditionReason, bool Listed, long LeaseNumber, string? Address,
    string? AllocationSid, string? Holder, string? HolderSid, DateTimeOffset FreeSince, string? Node, string? CockpitUrl);

/// <summary>How many machines are in each state.</summary>
public sealed record PoolCounts(int Free, int Held, int Recycling, int Quarantined, int Maintenance, int Unlisted, int Listed)
{
    /// <summary>A tenth of the listed machines or less is free.</summary>
    public bool IsLow => Listed > 0 && Free * 10 <= Listed;
}

/// <summary>All machines of the pool, listed or not.</summary>
internal static class PoolList
{
    public static readonly ListOf<PoolRow> List = new("/admin/pool",
        [("id", nameof(PoolVm.Id)), ("free_since", nameof(PoolVm.FreeSince))],
        new Dictionary<string, string[]?> { ["state"] = [.. Enum.GetValues<PoolState>().Select(Names.Of)], ["listed"] = ["yes", "no"] }, FindAsync, NewestFirst: false);

    public static PoolState StateOf(PoolVm vm) =>
        vm.AllocationSid is not null ? PoolState.Held
        : vm.Condition == PoolCondition.Quarantined ? PoolState.Quarantined
        : vm.Condition == PoolCondition.Recycling ? PoolState.Recycling
        : !vm.Listed ? PoolState.Unlisted
        : vm.Status == PoolStatus.Maintenance ? PoolState.Maintenance
        : PoolState.Free;

    /// <summary>The same rule as <see cref="StateOf"/>, for the database.</summary>
    public static IQueryable<PoolVm> In(IQueryable<PoolVm> rows, PoolState state) => state switch
    {
        PoolState.Held => rows.Where(vm => vm.AllocationSid != null),
        PoolState.Quarantined => rows.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Quarantined),
        PoolState.Recycling => rows.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Recycling),
        PoolState.Unlisted => rows.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Clean && !vm.Listed),
        PoolState.Maintenance => rows.Where(vm => vm.AllocationSid == null && vm.Condition == PoolCondition.Clean && vm.Listed && vm.Status == PoolStatus.Maintenance),
        _ => rows.Where(vm => vm.Listed && vm.Status == PoolStatus.Available && vm.Condition == PoolCondition.Clean && vm.AllocationSid == null),
    };

    public static async Task<PoolCounts> CountAsync(OnboardingDb db, CancellationToken cancel)
    {
        var groups = await db.PoolVms.GroupBy(vm => new { vm.Listed, vm.Status, vm.Condition, Held = vm.AllocationSid != null })
            .Select(g => new { g.Key.Listed, g.Key.Status, g.Key.Condition, g.Key.Held, Count = g.Count() }).ToListAsync(cancel);
        int Count(PoolState state) => groups.Where(g => state == StateOf(new PoolVm
        {
            Id = "",
            Listed = g.Listed,
            Status = g.Status,
            Condition = g.Condition,
            AllocationSid = g.Held ? "" : null,
        })).Sum(g => g.Count);
        return new(Count(PoolState.Free), Count(PoolState.Held), Count(PoolState.Recycling), Count(PoolState.Quarantined),
            Count(PoolState.Maintenance), Count(PoolState.Unlisted), groups.Where(g => g.Listed).Sum(g => g.Count));
    }

    private static async Task<Outcome<PageOf<PoolRow>>> FindAsync(OnboardingDb db, Asked asked, CancellationToken cancel)
    {
        var page = await Keyset.PageAsync<PoolVm>(db, asked.Order, asked.After, asked.Size, rows => Narrow(rows, asked), cancel);
        return page.IsRefused ? page.Refusal : await RowsAsync(db, page.Value, cancel);
    }

    /// <summary>Adds who holds each machine.</summary>
    private static async Task<PageOf<PoolRow>> RowsAsync(OnboardingDb db, PageOf<PoolVm> page, CancellationToken cancel)
    {
        var leases = page.Rows.Select(vm => vm.AllocationSid).OfType<string>().ToList();
        var holders = await db.VmAllocations.Where(a => leases.Contains(a.Sid)).ToDictionaryAsync(a => a.Sid, a => a.UserSid, cancel);
        var logins = await AllocationList.LoginsAsync(db, holders.Values, cancel);
        return page.As(vm =>
        {
            var holder = vm.AllocationSid is null ? null : holders.GetValueOrDefault(vm.AllocationSid);
            return new PoolRow(vm.Id, StateOf(vm), vm.Status, vm.Condition, vm.ConditionReason, vm.Listed, vm.LeaseNumber, vm.Address ?? vm.MyceliumIp,
                vm.AllocationSid, holder is null ? null : logins.GetValueOrDefault(holder) ?? holder, holder, vm.FreeSince, vm.Node, vm.CockpitUrl);
        });
    }

    private static IQueryable<PoolVm> Narrow(IQueryable<PoolVm> rows, Asked asked)
    {
        if (asked.Filter("state") is { } state)
            rows = In(rows, Names.Parse<PoolState>(state));
        if (asked.Filter("listed") is { } listed)
            rows = listed == "yes" ? rows.Where(vm => vm.Listed) : rows.Where(vm => !vm.Listed);
        if (asked.Q is null)
            return rows;
        var like = asked.Pattern;
        return rows.Where(vm => EF.Functions.Like(vm.Id.ToLower(), like, Asked.Escape) || EF.Functions.Like(vm.Address!.ToLower(), like, Asked.Escape)
            || EF.Functions.Like(vm.MyceliumIp!.ToLower(), like, Asked.Escape) || EF.Functions.Like(vm.Node!.ToLower(), like, Asked.Escape));
    }
}

/// <summary><c>/admin/pool</c></summary>
public sealed class PoolPage(Database database, TimeProvider clock) : ListPage<PoolRow>(PoolList.List, database, clock)
{
    private const int MostUnlisted = 20;

    public PoolCounts Counts { get; private set; } = null!;
    public PoolRefresh? LastRefresh { get; private set; }
    /// <summary>Machines that no refresh lists any more and that customers still hold.</summary>
    public PageOf<PoolRow> Leaving { get; private set; } = null!;

    protected override async Task LoadAsync(OnboardingDb db, CancellationToken cancel)
    {
        Counts = await PoolList.CountAsync(db, cancel);
        LastRefresh = await db.PoolRefreshes.OrderByDescending(r => r.Sid).FirstOrDefaultAsync(cancel);
        var asked = new Asked(null, new Dictionary<string, string> { ["state"] = "held", ["listed"] = "no" }, "id", new(nameof(PoolVm.Id), false), null, MostUnlisted);
        Leaving = (await PoolList.List.FindAsync(db, asked, cancel)).Value;
    }
}

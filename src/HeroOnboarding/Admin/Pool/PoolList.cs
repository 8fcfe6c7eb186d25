using HeroOnboarding.Admin.Leases;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Pool;

/// <summary>A machine of the pool.</summary>
public sealed record PoolRow(
    string Id,
    PoolState State,
    PoolStatus Status,
    PoolCondition Condition,
    string? ConditionReason,
    bool Listed,
    long LeaseNumber,
    string? Address,
    string? AllocationSid,
    string? Holder,
    string? HolderSid,
    DateTimeOffset FreeSince,
    string? Node,
    string? CockpitUrl,
    DateTimeOffset? LastGoodProbe,
    int ProbeMisses,
    int WipeFailures
);

/// <summary>All machines of the pool, listed and unlisted.</summary>
internal sealed class PoolList(ProbeOptions probes, TimeProvider clock)
{
    public const string Path = "/admin/pool";

    /// <summary>
    /// Takes settings and a clock: which machine is free depends on the settings and, while machines are probed,
    /// on the time.
    /// </summary>
    public static ListOf<PoolRow> Of(ProbeOptions probes, TimeProvider clock) =>
        new(
            Path,
            [("id", nameof(PoolVm.Id)), ("free_since", nameof(PoolVm.FreeSince))],
            new Dictionary<string, string[]?>
            {
                ["state"] = [.. Enum.GetValues<PoolState>().Select(Names.Of)],
                ["listed"] = ["yes", "no"],
                ["node"] = null,
            },
            new PoolList(probes, clock).FindAsync,
            NewestFirst: false
        );

    private async Task<Outcome<PageOf<PoolRow>>> FindAsync(OnboardingDb db, ListQuery asked, CancellationToken cancel)
    {
        var page = await Keyset.PageAsync<PoolVm>(
            db,
            asked.Order,
            asked.After,
            asked.Size,
            rows => Narrow(rows, asked),
            cancel
        );
        return page.IsRefused ? page.Refusal : await RowsAsync(db, page.Value, cancel);
    }

    /// <summary>Adds the holder of each machine.</summary>
    private async Task<PageOf<PoolRow>> RowsAsync(OnboardingDb db, PageOf<PoolVm> page, CancellationToken cancel)
    {
        var leases = page.Rows.Select(vm => vm.AllocationSid).OfType<string>().ToList();
        var holders = await db
            .VmAllocations.Where(a => leases.Contains(a.Sid))
            .ToDictionaryAsync(a => a.Sid, a => a.UserSid, cancel);
        var logins = await AllocationList.LoginsAsync(db, holders.Values, cancel);
        var since = probes.ProvenSince(clock.Now());
        return page.As(vm =>
        {
            var holder = vm.AllocationSid is null ? null : holders.GetValueOrDefault(vm.AllocationSid);
            return new PoolRow(
                vm.Id,
                PoolStates.Of(vm, since),
                vm.Status,
                vm.Condition,
                vm.ConditionReason,
                vm.Listed,
                vm.LeaseNumber,
                vm.Address ?? vm.MyceliumIp,
                vm.AllocationSid,
                holder is null ? null : logins.GetValueOrDefault(holder) ?? holder,
                holder,
                vm.FreeSince,
                vm.Node,
                vm.CockpitUrl,
                !probes.IsOn ? null : vm.ProbeGoodAt,
                vm.ProbeMisses,
                vm.WipeFailures
            );
        });
    }

    internal IQueryable<PoolVm> Narrow(IQueryable<PoolVm> rows, ListQuery asked)
    {
        if (asked.Filter("state") is { } state)
            rows = rows.In(Names.Parse<PoolState>(state), probes.ProvenSince(clock.Now()));
        if (asked.Filter("listed") is { } listed)
            rows = listed == "yes" ? rows.Where(vm => vm.Listed) : rows.Where(vm => !vm.Listed);
        if (asked.Filter("node") is { } node)
            rows = rows.Where(vm => vm.Node == node);
        if (asked.Q is null)
            return rows;
        var like = asked.Pattern;
        return rows.Where(vm =>
            EF.Functions.Like(vm.Id.ToLower(), like, ListQuery.Escape)
            || EF.Functions.Like(vm.Address!.ToLower(), like, ListQuery.Escape)
            || EF.Functions.Like(vm.MyceliumIp!.ToLower(), like, ListQuery.Escape)
            || EF.Functions.Like(vm.Node!.ToLower(), like, ListQuery.Escape)
        );
    }
}

using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The effect of a refresh if it ran now. The counts are those of <see cref="PoolRefresh"/>.</summary>
/// <param name="FreeBefore">Machines that could be handed out now.</param>
/// <param name="FreeLost">Those among them that the refresh would unlist or put into maintenance.</param>
/// <param name="HeldRemoved">Ids that would be unlisted while customers hold them; they stay
/// with their holders.</param>
/// <param name="NearMisses">Member names that resemble known ones and are ignored.</param>
public sealed record RefreshPreview(
    int PrevPoolSize,
    int PoolSize,
    int Added,
    int Removed,
    int Changed,
    int Kept,
    int Wiped,
    int FreeBefore,
    int FreeLost,
    int FreeAfter,
    IReadOnlyList<string> AddedIds,
    IReadOnlyList<string> RemovedIds,
    IReadOnlyList<string> ChangedIds,
    IReadOnlyList<string> HeldRemoved,
    IReadOnlyList<string> NearMisses
)
{
    /// <summary>True when more than half of the free machines would be lost, which is probably a mistake.</summary>
    public bool Alarm => FreeLost * 2 > FreeBefore;
}

/// <summary>Computes the effect of a refresh without changing anything.</summary>
public sealed class PreviewRefresh(Database database)
{
    /// <summary>The number of ids that are named; the counts cover all.</summary>
    public const int MostNamed = 50;

    public async Task<RefreshPreview> RunAsync(PoolText text, CancellationToken cancel)
    {
        await using var db = database.Read();
        var now = await db.PoolVms.ToDictionaryAsync(vm => vm.Id, StringComparer.Ordinal, cancel);
        return Compare(text, now);
    }

    /// <summary>Compares the current rows with the entries. Pure.</summary>
    public static RefreshPreview Compare(PoolText text, IReadOnlyDictionary<string, PoolVm> now)
    {
        var sent = text.Entries.ToDictionary(e => e.Id, StringComparer.Ordinal);
        var added = sent.Keys.Where(id => !now.TryGetValue(id, out var vm) || !vm.Listed).ToList();
        var removed = now.Values.Where(vm => vm.Listed && !sent.ContainsKey(vm.Id)).ToList();
        var changed = sent
            .Values.Where(e => now.TryGetValue(e.Id, out var vm) && Differs(e, vm))
            .Select(e => e.Id)
            .ToList();
        var wiped = sent.Values.Count(e => now.TryGetValue(e.Id, out var vm) && IsWiped(e, vm));
        var free = now.Values.Where(vm => vm.Claimable).ToList();
        var after = sent.Values.Count(e =>
            e.Status == PoolStatus.Available
            && (
                !now.TryGetValue(e.Id, out var vm)
                || (vm.AllocationSid is null && (vm.Condition == PoolCondition.Clean || IsWiped(e, vm)))
            )
        );
        return new(
            now.Values.Count(vm => vm.Listed),
            sent.Count,
            added.Count,
            removed.Count,
            changed.Count,
            sent.Count - added.Count,
            wiped,
            free.Count,
            free.Count(vm => !sent.TryGetValue(vm.Id, out var e) || e.Status != PoolStatus.Available),
            after,
            Some(added),
            Some(removed.Select(vm => vm.Id)),
            Some(changed),
            Some(removed.Where(vm => vm.AllocationSid is not null).Select(vm => vm.Id)),
            text.NearMisses
        );
    }

    private static bool Differs(PoolEntry e, PoolVm vm) =>
        e.Status != vm.Status
        || e.Address != vm.Address
        || e.MyceliumIp != vm.MyceliumIp
        || e.SshUser != vm.SshUser
        || e.SshPort != vm.SshPort
        || e.CockpitUrl != vm.CockpitUrl
        || e.Node != vm.Node
        || e.Labels != vm.Labels;

    private static bool IsWiped(PoolEntry e, PoolVm vm) =>
        e.WipedLease == vm.LeaseNumber && vm.Condition == PoolCondition.Recycling && vm.AllocationSid is null;

    private static IReadOnlyList<string> Some(IEnumerable<string> ids) =>
        [.. ids.Order(StringComparer.Ordinal).Take(MostNamed)];
}

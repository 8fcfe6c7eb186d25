using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// The ids that a staged refresh is about to change, for its history; read in the unit that switches,
/// before the switch.
/// </summary>
internal static class RefreshDiff
{
    /// <summary>The number of ids that are named per kind of change; the counts cover all.</summary>
    public const int MostNamed = 50;

    /// <param name="before">The differences before details were written ahead; null if nothing was.</param>
    public static async Task<RefreshChanges> ReadAsync(
        OnboardingDb db,
        string refreshSid,
        IReadOnlyList<ChangedVm>? before
    )
    {
        var sent = db.PoolStaging.Where(e => e.RefreshSid == refreshSid);
        var added = await sent.Where(e => !db.Set<PoolVm>().Any(vm => vm.Id == e.Id && vm.Listed))
            .Select(e => e.Id)
            .OrderBy(id => id)
            .Take(MostNamed)
            .ToListAsync();
        var removed = await db
            .PoolVms.Where(vm => vm.Listed && !sent.Any(e => e.Id == vm.Id))
            .Select(vm => vm.Id)
            .OrderBy(id => id)
            .Take(MostNamed)
            .ToListAsync();
        return new(added, removed, before ?? await ChangedAsync(db, refreshSid));
    }

    /// <summary>Machines whose fields differ, and which fields.</summary>
    public static async Task<IReadOnlyList<ChangedVm>> ChangedAsync(OnboardingDb db, string refreshSid)
    {
        var both = db
            .PoolStaging.Where(e => e.RefreshSid == refreshSid)
            .Join(db.PoolVms, e => e.Id, vm => vm.Id, (e, vm) => new { Entry = e, Vm = vm });
        var changed = await both.Where(p =>
                p.Entry.Status != p.Vm.Status
                || p.Entry.Address != p.Vm.Address
                || p.Entry.MyceliumIp != p.Vm.MyceliumIp
                || p.Entry.SshUser != p.Vm.SshUser
                || p.Entry.SshPort != p.Vm.SshPort
                || p.Entry.CockpitUrl != p.Vm.CockpitUrl
                || p.Entry.Node != p.Vm.Node
                || p.Entry.Labels != p.Vm.Labels
            )
            .OrderBy(p => p.Vm.Id)
            .Take(MostNamed)
            .AsNoTracking()
            .ToListAsync();
        return [.. changed.Select(p => new ChangedVm(p.Vm.Id, [.. Members(p.Entry, p.Vm)]))];
    }

    /// <summary>Recycling machines for which the refresh reports only an older lease as wiped.</summary>
    public static IQueryable<string> StaleWipes(OnboardingDb db, string refreshSid) =>
        db
            .PoolVms.Where(vm =>
                vm.Condition == PoolCondition.Recycling
                && vm.AllocationSid == null
                && db.Set<PoolEntry>()
                    .Any(e => e.RefreshSid == refreshSid && e.Id == vm.Id && e.WipedLease < vm.LeaseNumber)
            )
            .Select(vm => vm.Id)
            .OrderBy(id => id);

    private static IEnumerable<string> Members(PoolEntry e, PoolVm vm)
    {
        if (e.Status != vm.Status)
            yield return "status";
        if (e.Address != vm.Address)
            yield return "address";
        if (e.MyceliumIp != vm.MyceliumIp)
            yield return "mycelium_ip";
        if (e.SshUser != vm.SshUser)
            yield return "ssh_user";
        if (e.SshPort != vm.SshPort)
            yield return "ssh_port";
        if (e.CockpitUrl != vm.CockpitUrl)
            yield return "cockpit_url";
        if (e.Node != vm.Node)
            yield return "node";
        if (e.Labels != vm.Labels)
            yield return "labels";
    }
}

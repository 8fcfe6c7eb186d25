using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>
/// Hands out machines of the operator's pool. One singleton under its own type and <see cref="IProvisioner"/>;
/// <see cref="RefreshPoolAsync"/> and <see cref="OnReleaseAsync"/> are not part of the interface.
/// </summary>
public sealed class PoolAssignmentProvisioner(PoolOptions pool, RefreshPool refresh) : IProvisioner
{
    public const string PoolName = "pool";

    private const string FreeSql = """
        UPDATE pool_vms SET allocation_sid = NULL, free_since = $3,
               condition = CASE condition WHEN 'quarantined' THEN condition ELSE 'recycling' END
        WHERE id = $1 AND allocation_sid = $2
        """;

    /// <summary>A sample machine becomes clean at its release: it has no data to erase.</summary>
    private static readonly string FreeSampleSql = $"""
        UPDATE pool_vms SET {BecomeClean.Columns("$3")}
        WHERE id = $1 AND lease_number = $2 AND allocation_sid IS NULL AND condition = 'recycling'
        """;

    public string Name => PoolName;

    public bool IsDemo => pool.IsDemoPool;

    public async Task<Outcome<Provided>> AllocateAsync(string userSid, VmPlan plan, CancellationToken cancel = default)
    {
        var unit = Unit.Current;
        var sid = unit.NewSid();
        if (await PoolClaim.TakeAsync(unit, sid) is not { } vm)
            return VmRefusals.PoolEmpty;
        return new Provided(
            sid,
            AllocationStatus.Active,
            new(vm.Id, vm.LeaseNumber, vm.Address, vm.MyceliumIp, vm.SshUser, vm.SshPort, vm.CockpitUrl)
        );
    }

    public async Task<Outcome<VmAllocation>> ReleaseAsync(string allocationSid, CancellationToken cancel = default)
    {
        var unit = Unit.Current;
        if (await Lease.EndRowAsync(unit, allocationSid) is not { } allocation)
            return await unit.FindAllocationAsync(allocationSid) is { } before ? before : Refusals.NotFound;
        await unit.Statements.EnqueueAsync(FreeSql, allocation.PoolVmId, allocationSid, Instants.ToMicros(unit.Now));
        if (IsDemo)
        {
            var (vm, lease) = (allocation.PoolVmId, allocation.LeaseNumber);
            await unit.Statements.EnqueueAsync(FreeSampleSql, vm, lease, Instants.ToMicros(unit.Now));
        }
        if (allocation.PoolVmId is not null)
            await OnReleaseAsync(allocation);
        if (LeaseEnd.Of(unit, allocationSid)?.Broken is { } why && allocation.PoolVmId is { } broken)
            await QuarantineVm.PutAsync(unit, broken, why);
        return allocation;
    }

    public async Task<AllocationStatus?> StatusAsync(string allocationSid, CancellationToken cancel = default) =>
        (
            await Unit.Current.Db.VmAllocations.AsNoTracking().FirstOrDefaultAsync(a => a.Sid == allocationSid, cancel)
        )?.Status;

    /// <summary>
    /// Called after the store write of a release, in the same unit: queues the release notice in the outbox, so that
    /// the deployer is notified exactly if the release is committed. Sample machines have no deployer.
    /// </summary>
    public Task OnReleaseAsync(VmAllocation allocation)
    {
        if (!IsDemo)
            LeaseNotices.Release(Unit.Current, allocation);
        return Task.CompletedTask;
    }

    /// <summary>Replaces the whole pool by the operator's entries; held machines stay held.</summary>
    public Task<Outcome<PoolRefresh>> RefreshPoolAsync(
        IReadOnlyList<PoolEntry> entries,
        Actor actor,
        string source,
        CancellationToken cancel = default
    ) => refresh.RunAsync(entries, actor, source, cancel);
}

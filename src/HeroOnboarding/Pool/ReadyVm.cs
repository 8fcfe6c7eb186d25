using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The state of a machine after somebody said that it was wiped.</summary>
public sealed record ReadyAnswer(string PoolVmId, long LeaseNumber, PoolCondition Condition);

/// <summary>
/// Somebody asserts that nothing of lease n is readable any more: a deployer that wiped at once, one that reports later, or an operator.
/// Only the current lease number counts; a late message about an older lease changes nothing.
/// </summary>
public sealed class ReadyVm(Writer writer, ILogger<ReadyVm> log)
{
    public Task<Outcome<ReadyAnswer>> RunAsync(Actor actor, string poolVmId, long leaseNumber, CancellationToken cancel = default) =>
        writer.RunAsync<ReadyAnswer>("pool.ready", actor, unit => InUnitAsync(unit, poolVmId, leaseNumber, actor.ToString()), cancel);

    /// <summary>All machines that wait for this word at once: "these were erased".</summary>
    /// <param name="seen">When the operator looked; machines that were given back later are not meant and left alone.</param>
    public Task<Outcome<int>> RunAllAsync(Actor actor, DateTimeOffset seen, CancellationToken cancel = default) =>
        writer.RunAsync<int>("pool.ready", actor, async unit =>
        {
            DateTimeOffset? now = unit.Now;
            var by = actor.ToString();
            var waiting = unit.Db.PoolVms.Where(vm => vm.Condition == PoolCondition.Recycling && vm.AllocationSid == null && vm.FreeSince <= seen);
            await unit.Db.VmAllocations.Where(a => a.ErasedAt == null && waiting.Any(vm => vm.Id == a.PoolVmId && vm.LeaseNumber == a.LeaseNumber))
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.ErasedAt, now));
            var count = await waiting.ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Condition, PoolCondition.Clean).SetProperty(vm => vm.FreeSince, unit.Now)
                .SetProperty(vm => vm.WipedAt, now).SetProperty(vm => vm.WipedBy, by).SetProperty(vm => vm.WipedLease, vm => (long?)vm.LeaseNumber)
                .SetProperty(vm => vm.ConditionReason, (string?)null));
            unit.Note("pool", new { ready = count });
            return count;
        }, cancel);

    /// <summary>The same inside a unit that is already running (the outbox row of a release that was answered with 200).</summary>
    internal async Task<Outcome<ReadyAnswer>> InUnitAsync(Unit unit, string poolVmId, long leaseNumber, string by)
    {
        DateTimeOffset? now = unit.Now;
        var done = await unit.Db.PoolVms
            .Where(vm => vm.Id == poolVmId && vm.LeaseNumber == leaseNumber && vm.Condition == PoolCondition.Recycling && vm.AllocationSid == null)
            .ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Condition, PoolCondition.Clean).SetProperty(vm => vm.FreeSince, unit.Now)
                .SetProperty(vm => vm.WipedAt, now).SetProperty(vm => vm.WipedBy, by).SetProperty(vm => vm.WipedLease, (long?)leaseNumber)
                .SetProperty(vm => vm.ConditionReason, (string?)null));
        if (done == 1)
        {
            await unit.Db.VmAllocations.Where(a => a.PoolVmId == poolVmId && a.LeaseNumber == leaseNumber && a.ErasedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.ErasedAt, now));
            unit.Note(poolVmId, new { leaseNumber });
            return new ReadyAnswer(poolVmId, leaseNumber, PoolCondition.Clean);
        }
        return await WhyNotAsync(unit, poolVmId, leaseNumber);
    }

    private async Task<Outcome<ReadyAnswer>> WhyNotAsync(Unit unit, string poolVmId, long leaseNumber)
    {
        if (await unit.Db.PoolVms.AsNoTracking().FirstOrDefaultAsync(vm => vm.Id == poolVmId) is not { } vm)
            return Refusals.PoolVmUnknown;
        if (vm.LeaseNumber != leaseNumber)
        {
            log.LogWarning("Ready for {PoolVmId} speaks of lease {Lease}, the machine is at {Current}; refused", poolVmId, leaseNumber, vm.LeaseNumber);
            return Refusals.PoolVmStaleLease with { Detail = $"The machine is at lease {vm.LeaseNumber}; the message speaks of lease {leaseNumber}. Nothing was changed." };
        }
        if (vm.AllocationSid is not null)
            return Refusals.PoolVmHeld;
        if (vm.Condition == PoolCondition.Quarantined)
            return Refusals.PoolVmQuarantined;
        unit.Note(poolVmId, new { leaseNumber, repeated = true });
        return new ReadyAnswer(poolVmId, leaseNumber, vm.Condition);
    }
}

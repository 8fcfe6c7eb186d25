using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The state of a machine after it was reported as wiped.</summary>
public sealed record ReadyAnswer(string PoolVmId, long LeaseNumber, PoolCondition Condition);

/// <summary>
/// Records the assertion that nothing of lease n is readable any more: by a deployer, in its answer or later, or by an
/// operator. Only the current lease number counts; a late message about an older lease changes nothing.
/// </summary>
public sealed class ReadyVm(UnitOfWorkRunner writer, ILogger<ReadyVm> log)
{
    /// <param name="lift">The deployer asserts that a quarantined machine works again.</param>
    public Task<Outcome<ReadyAnswer>> RunAsync(
        Actor actor,
        string poolVmId,
        long leaseNumber,
        bool lift = false,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<ReadyAnswer>(
            "pool.ready",
            actor,
            unit => InUnitAsync(unit, poolVmId, leaseNumber, actor.ToString(), lift),
            cancel
        );

    /// <summary>As above, inside a running unit (the outbox row of a release that was answered with 200).</summary>
    /// <param name="lift">Also ends a quarantine. Without it the erasure of a quarantined machine is recorded, and the
    /// machine stays out.</param>
    internal async Task<Outcome<ReadyAnswer>> InUnitAsync(
        Unit unit,
        string poolVmId,
        long leaseNumber,
        string by,
        bool lift = false
    )
    {
        var mine = unit.Db.PoolVms.Where(vm =>
            vm.Id == poolVmId && vm.LeaseNumber == leaseNumber && vm.AllocationSid == null
        );
        DateTimeOffset? now = unit.Now;
        // One statement for both conditions: an operator who ends a quarantine concurrently changes one into the other.
        // It also locks the row.
        var erased = await mine.Where(vm =>
                vm.Condition == PoolCondition.Recycling
                || (vm.Condition == PoolCondition.Quarantined && (lift || vm.WipedLease != leaseNumber))
            )
            .ExecuteUpdateAsync(set =>
                set.SetProperty(vm => vm.WipedAt, now)
                    .SetProperty(vm => vm.WipedBy, by)
                    .SetProperty(vm => vm.WipedLease, (long?)leaseNumber)
            );
        if (erased == 1)
        {
            var clean = await BecomeClean.InUnitAsync(unit, poolVmId, lift);
            var condition = clean ? PoolCondition.Clean : PoolCondition.Quarantined;
            return await ErasedAsync(unit, poolVmId, leaseNumber, condition);
        }
        var (no, vm) = await LeaseMessage.JudgeAsync(unit, poolVmId, leaseNumber, log);
        if (no is not null)
            return no;
        unit.Note(poolVmId, new { leaseNumber, repeated = true });
        return new ReadyAnswer(poolVmId, leaseNumber, vm!.Condition);
    }

    private static async Task<ReadyAnswer> ErasedAsync(
        Unit unit,
        string poolVmId,
        long leaseNumber,
        PoolCondition condition
    )
    {
        DateTimeOffset? now = unit.Now;
        await unit
            .Db.VmAllocations.Where(a => a.PoolVmId == poolVmId && a.LeaseNumber == leaseNumber && a.ErasedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.ErasedAt, now));
        unit.Note(poolVmId, new { leaseNumber, condition });
        return new(poolVmId, leaseNumber, condition);
    }
}

/// <summary>
/// Decides whether a message about a lease of a machine is valid: only for the current lease, and only while the
/// machine is not held.
/// </summary>
internal static class LeaseMessage
{
    /// <returns>Why the message is refused, or the machine as it is.</returns>
    public static async Task<(Refusal? No, PoolVm? Vm)> JudgeAsync(
        Unit unit,
        string poolVmId,
        long leaseNumber,
        ILogger log
    )
    {
        if (await unit.Db.PoolVms.AsNoTracking().FirstOrDefaultAsync(vm => vm.Id == poolVmId) is not { } vm)
            return (PoolRefusals.PoolVmUnknown, null);
        if (vm.LeaseNumber != leaseNumber)
        {
            log.LogWarning(
                "A message about {PoolVmId} speaks of lease {Lease}, the machine is at {Current}; refused",
                poolVmId,
                leaseNumber,
                vm.LeaseNumber
            );
            return (
                PoolRefusals.PoolVmStaleLease with
                {
                    Figures = new(Has: vm.LeaseNumber, Needs: leaseNumber),
                },
                null
            );
        }
        return vm.AllocationSid is null ? (null, vm) : (PoolRefusals.PoolVmHeld, null);
    }
}

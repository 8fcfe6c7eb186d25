using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The state of a machine after an erasure failed.</summary>
/// <param name="Failures">The number of failures for this lease.</param>
public sealed record FailedWipeAnswer(string PoolVmId, long LeaseNumber, PoolCondition Condition, int Failures);

/// <summary>
/// Records a failed erasure: the deployer refused it, or reported that it failed. The machine stays out of the pool and
/// the deployer is asked again; after <c>WIPE_ATTEMPTS</c> failures the machine is quarantined. A missing answer is not
/// counted: otherwise an outage of the deployer would quarantine the whole pool.
/// </summary>
public sealed class FailedWipe(UnitOfWorkRunner writer, PoolOptions pool, ILogger<FailedWipe> log)
{
    /// <summary>
    /// Records a deployer's report. Refused for machines that are unknown, held, or at another lease.
    /// </summary>
    public Task<Outcome<Answered<FailedWipeAnswer>>> RunAsync(
        Actor actor,
        string poolVmId,
        long leaseNumber,
        string reason,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<FailedWipeAnswer>(
            "pool.wipe_failed",
            actor,
            key,
            unit => InUnitAsync(unit, poolVmId, leaseNumber, reason, askAgain: true),
            cancel
        );

    internal async Task<Outcome<FailedWipeAnswer>> InUnitAsync(
        Unit unit,
        string poolVmId,
        long leaseNumber,
        string reason,
        bool askAgain
    )
    {
        var counted = await CountAsync(unit, poolVmId, leaseNumber, reason);
        var (no, vm) = await LeaseMessage.JudgeAsync(unit, poolVmId, leaseNumber, log);
        if (no is not null)
            return no;
        var condition = vm!.Condition;
        if (counted == 1 && vm.WipeFailures >= pool.WipeAttempts)
        {
            await QuarantineVm.PutAsync(
                unit,
                poolVmId,
                Names.Cut($"Could not be erased, {vm.WipeFailures} attempts. The last: {reason}", 500)
            );
            condition = PoolCondition.Quarantined;
        }
        else if (counted == 1 && askAgain && !pool.IsDemoPool)
        {
            var lease = await unit
                .Db.VmAllocations.AsNoTracking()
                .SingleAsync(a => a.PoolVmId == poolVmId && a.LeaseNumber == leaseNumber);
            LeaseNotices.ReleaseAgain(unit, lease);
        }
        unit.Note(
            poolVmId,
            new
            {
                leaseNumber,
                vm.WipeFailures,
                condition,
                reason,
                counted = counted == 1,
            }
        );
        return new FailedWipeAnswer(poolVmId, leaseNumber, condition, vm.WipeFailures);
    }

    /// <returns>1 when the machine waits to be erased after this lease, 0 otherwise.</returns>
    private static Task<int> CountAsync(Unit unit, string poolVmId, long leaseNumber, string reason)
    {
        var why = Names.Cut("Erasing failed: " + reason, 500);
        return unit
            .Db.PoolVms.Where(vm =>
                vm.Id == poolVmId
                && vm.LeaseNumber == leaseNumber
                && vm.AllocationSid == null
                && vm.Condition == PoolCondition.Recycling
            )
            .ExecuteUpdateAsync(set =>
                set.SetProperty(vm => vm.WipeFailures, vm => vm.WipeFailures + 1)
                    .SetProperty(vm => vm.ConditionReason, why)
            );
    }
}

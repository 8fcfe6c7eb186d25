using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The operator's word on a machine.</summary>
public sealed record StatusAnswer(string PoolVmId, PoolStatus Status);

/// <summary>Takes a machine out for maintenance, or back; the next refresh may say otherwise.</summary>
public sealed class SetVmStatus(UnitOfWorkRunner writer)
{
    public Task<Outcome<StatusAnswer>> RunAsync(
        Actor actor,
        string poolVmId,
        PoolStatus status,
        CancellationToken cancel = default
    ) => writer.RunAsync<StatusAnswer>("pool.status", actor, unit => InUnitAsync(unit, poolVmId, status), cancel);

    internal static async Task<Outcome<StatusAnswer>> InUnitAsync(Unit unit, string poolVmId, PoolStatus status)
    {
        if (
            await unit
                .Db.PoolVms.Where(vm => vm.Id == poolVmId)
                .ExecuteUpdateAsync(set => set.SetProperty(vm => vm.Status, status)) == 0
        )
            return PoolRefusals.PoolVmUnknown;
        unit.Note(poolVmId, new { status });
        return new StatusAnswer(poolVmId, status);
    }
}

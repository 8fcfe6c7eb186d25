using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The operator's status of a machine after a change.</summary>
public sealed record StatusAnswer(string PoolVmId, PoolStatus Status);

/// <summary>Sets a machine to maintenance or back; the next refresh may change it again.</summary>
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

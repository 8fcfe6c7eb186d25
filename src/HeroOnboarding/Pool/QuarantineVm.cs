using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The state of a machine after a quarantine began or ended.</summary>
public sealed record QuarantineAnswer(string PoolVmId, PoolCondition Condition, string? Reason);

/// <summary>
/// Keeps a machine out of the pool with a reason, regardless of refreshes. A holder keeps it; after the release it
/// stays out. An operator ends the quarantine (while machines are probed, only after two good probes in a row), or the
/// deployer does (<see cref="ReadyVm"/> with lift).
/// </summary>
public sealed class QuarantineVm(UnitOfWorkRunner writer, PoolOptions pool, ProbeOptions probes)
{
    /// <summary>Good probes in a row after which an operator may end a quarantine.</summary>
    internal const int GoodsToReturn = 2;

    /// <summary>
    /// The condition after a quarantine: recycling for a machine that was leased and not erased since, otherwise clean.
    /// A sample machine needs no erasure.
    /// </summary>
    private const string LiftedCondition = """
        CASE WHEN allocation_sid IS NOT NULL OR lease_number = 0 OR wiped_lease = lease_number OR {2} = 1
          THEN 'clean' ELSE 'recycling' END
        """;

    private static readonly string LiftSql = $$"""
        UPDATE pool_vms SET {{BecomeClean.Columns("{1}", LiftedCondition)}}
        WHERE id = {0} AND condition = 'quarantined' AND (allocation_sid IS NOT NULL OR probe_goods >= {3})
        """;

    public Task<Outcome<QuarantineAnswer>> RunAsync(
        Actor actor,
        string poolVmId,
        string reason,
        CancellationToken cancel = default
    ) =>
        writer.RunAsync<QuarantineAnswer>(
            "pool.quarantine",
            actor,
            unit => InUnitAsync(unit, poolVmId, reason),
            cancel
        );

    /// <summary>
    /// Ends a quarantine. A machine that was not reported as erased stays in recycling; any other can be
    /// handed out again.
    /// </summary>
    /// <returns>Refused with <c>pool_vm.unproven</c> while machines are probed and this one has not answered twice
    /// in a row.</returns>
    public Task<Outcome<QuarantineAnswer>> LiftAsync(
        Actor actor,
        string poolVmId,
        string reason,
        CancellationToken cancel = default
    ) => writer.RunAsync<QuarantineAnswer>("pool.lift", actor, unit => LiftInUnitAsync(unit, poolVmId, reason), cancel);

    internal static async Task<Outcome<QuarantineAnswer>> InUnitAsync(Unit unit, string poolVmId, string reason)
    {
        if (await PutAsync(unit, poolVmId, reason) == 0)
            return PoolRefusals.PoolVmUnknown;
        unit.Note(poolVmId, new { reason });
        return new QuarantineAnswer(poolVmId, PoolCondition.Quarantined, reason);
    }

    internal async Task<Outcome<QuarantineAnswer>> LiftInUnitAsync(Unit unit, string poolVmId, string reason)
    {
        var goods = !probes.IsOn ? 0 : GoodsToReturn;
        var lifted = await unit.Db.Database.ExecuteSqlRawAsync(
            LiftSql,
            poolVmId,
            Instants.ToMicros(unit.Now),
            pool.IsDemoPool ? 1 : 0,
            goods
        );
        if (await unit.Db.PoolVms.AsNoTracking().FirstOrDefaultAsync(vm => vm.Id == poolVmId) is not { } vm)
            return PoolRefusals.PoolVmUnknown;
        if (lifted == 0 && vm.Condition == PoolCondition.Quarantined)
            return PoolRefusals.PoolVmUnproven with { Figures = new(Has: vm.ProbeGoods, Needs: GoodsToReturn) };
        unit.Note(
            poolVmId,
            new
            {
                reason,
                vm.Condition,
                repeated = lifted == 0,
            }
        );
        return new QuarantineAnswer(poolVmId, vm.Condition, vm.ConditionReason);
    }

    /// <returns>The number of machines with this id.</returns>
    internal static Task<int> PutAsync(Unit unit, string poolVmId, string reason)
    {
        DateTimeOffset? now = unit.Now;
        return unit
            .Db.PoolVms.Where(vm => vm.Id == poolVmId)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(vm => vm.Condition, PoolCondition.Quarantined)
                    .SetProperty(vm => vm.ConditionReason, reason)
                    .SetProperty(vm => vm.QuarantinedAt, now)
                    .SetProperty(vm => vm.ProbeGoods, 0)
            );
    }
}

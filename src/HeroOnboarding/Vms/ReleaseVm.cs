using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Vms;

/// <summary>Gives a machine back: the lease ends, the slot returns to its purchase, and whoever wipes machines is told, in one commit.</summary>
public sealed class ReleaseVm(Writer writer, Provisioners provisioners)
{
    private static readonly string EndSql =
        $"UPDATE vm_allocations SET release_reason = $2 WHERE sid = $1 AND release_reason IS NULL AND status IN ({AllocationMoves.IntoSql(AllocationStatus.Released)})";

    /// <param name="accountSid">Only this customer's machines; null for operators.</param>
    /// <param name="reason">For the notice and the record: <c>customer</c>, or an operator's words.</param>
    /// <returns>The lease as it is then; the same again when repeated. Not yours and unknown are the same <c>not_found</c>.</returns>
    public Task<Outcome<VmAnswer>> RunAsync(Actor actor, string? accountSid, string? allocationSid, string reason, CancellationToken cancel = default) =>
        !Names.IsSid(allocationSid)
            ? Task.FromResult<Outcome<VmAnswer>>(Refusals.NotFound)
            : writer.RunAsync<VmAnswer>("vm.release", actor, unit => InUnitAsync(unit, accountSid, allocationSid!, reason), cancel);

    private async Task<Outcome<VmAnswer>> InUnitAsync(Unit unit, string? accountSid, string allocationSid, string reason)
    {
        // Lock order: purchase before allocation before machine.
        var seen = await unit.HoldPurchaseOfAsync(allocationSid);
        if (seen is null || (accountSid is not null && seen.UserSid != accountSid))
            return Refusals.NotFound;
        var ended = await unit.Prepared.RunAsync(EndSql, allocationSid, reason);
        var released = await provisioners.Of(seen).ReleaseAsync(allocationSid);
        if (released.IsRefused)
            return released.Refusal;
        // Of the lease as it is now: an upgrade may have moved it to another purchase while this waited for its turn.
        if (ended == 1)
            await unit.Prepared.LaterAsync("UPDATE purchases SET used = used - 1 WHERE sid = $1 AND used > 0", released.Value.PurchaseSid);
        unit.Note(seen.UserSid, new { allocation = allocationSid, seen.PoolVmId, seen.LeaseNumber, reason, repeated = ended == 0 });
        return VmAnswer.Of(released.Value);
    }
}

/// <summary>An allocation as it is inside a unit.</summary>
internal static class FindAllocation
{
    /// <summary>The allocation, with its purchase held until the unit ends. What may change meanwhile is asked again by the statements that change it.</summary>
    public static Task<VmAllocation?> HoldPurchaseOfAsync(this Unit unit, string sid)
    {
        var row = RowShape<VmAllocation>.In(unit.Database);
        var hold = unit.Database.ForUpdate.Length == 0 ? "" : unit.Database.ForUpdate + " OF p";
        return unit.Prepared.ReadAsync($"SELECT {row.ColumnsOf("v")} FROM vm_allocations v JOIN purchases p ON p.sid = v.purchase_sid WHERE v.sid = $1{hold}", row.Read, sid);
    }

    public static Task<VmAllocation?> FindAllocationAsync(this Unit unit, string sid)
    {
        var row = RowShape<VmAllocation>.In(unit.Database);
        return unit.Prepared.ReadAsync($"SELECT {row.Columns} FROM vm_allocations WHERE sid = $1", row.Read, sid);
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>Gives a machine back: the lease ends, the slot returns to its purchase, and whoever wipes machines is told, in one commit.</summary>
public sealed class ReleaseVm(Writer writer, Provisioners provisioners)
{
    /// <param name="accountSid">Only this customer's machines; null for operators.</param>
    /// <param name="reason">For the notice and the record: <c>customer</c>, or an operator's words.</param>
    /// <returns>The lease as it is then; the same again when repeated. Not yours and unknown are the same <c>not_found</c>.</returns>
    public Task<Outcome<VmAnswer>> RunAsync(Actor actor, string? accountSid, string? allocationSid, string reason, CancellationToken cancel = default) =>
        !Names.IsSid(allocationSid)
            ? Task.FromResult<Outcome<VmAnswer>>(Refusals.NotFound)
            : writer.RunAsync<VmAnswer>("vm.release", actor, unit => InUnitAsync(unit, accountSid, allocationSid!, reason), cancel);

    private async Task<Outcome<VmAnswer>> InUnitAsync(Unit unit, string? accountSid, string allocationSid, string reason)
    {
        var seen = await unit.Db.VmAllocations.AsNoTracking().FirstOrDefaultAsync(a => a.Sid == allocationSid && (accountSid == null || a.UserSid == accountSid));
        if (seen is null)
            return Refusals.NotFound;
        // Lock order: purchase before allocation before machine.
        await unit.LockPurchaseAsync(seen.PurchaseSid);
        var live = AllocationMoves.Into(AllocationStatus.Released);
        var ended = await unit.Db.VmAllocations.Where(a => a.Sid == allocationSid && a.ReleaseReason == null && live.Contains(a.Status))
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.ReleaseReason, reason));
        var released = await provisioners.Of(seen).ReleaseAsync(allocationSid);
        if (released.IsRefused)
            return released.Refusal;
        if (ended == 1)
            await unit.Db.Purchases.Where(p => p.Sid == seen.PurchaseSid && p.Used > 0).ExecuteUpdateAsync(set => set.SetProperty(p => p.Used, p => p.Used - 1));
        unit.Note(seen.UserSid, new { allocation = allocationSid, seen.PoolVmId, seen.LeaseNumber, reason, repeated = ended == 0 });
        return VmAnswer.Of(released.Value);
    }
}

using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Vms;

/// <summary>What became of a lease that looked expired.</summary>
public enum ExpiryResult
{
    Released,
    /// <summary>Given back by somebody else before its turn came.</summary>
    AlreadyReleased,
    /// <summary>Renewed before its turn came: it lives.</summary>
    Extended,
}

/// <summary>Ends one lease because its time is over, through the provisioner that handed it out. The UPDATE itself says whether it is over.</summary>
public sealed class ExpireVm(Writer writer, Provisioners provisioners)
{
    private static readonly string EndSql =
        $"UPDATE vm_allocations SET release_reason = 'expired' WHERE sid = $1 AND expires_at < $2 AND release_reason IS NULL AND status IN ({AllocationMoves.IntoSql(AllocationStatus.Released)})";

    public Task<Outcome<ExpiryResult>> RunAsync(Actor actor, string allocationSid, CancellationToken cancel = default) =>
        writer.RunAsync<ExpiryResult>("vm.expire", actor, unit => InUnitAsync(unit, allocationSid), cancel);

    private async Task<Outcome<ExpiryResult>> InUnitAsync(Unit unit, string allocationSid)
    {
        // Lock order: purchase before allocation before machine.
        if (await unit.HoldPurchaseOfAsync(allocationSid) is not { } seen)
            return Refusals.NotFound;
        if (await unit.Prepared.RunAsync(EndSql, allocationSid, Instants.ToMicros(unit.Now)) == 0)
        {
            var lives = await unit.FindAllocationAsync(allocationSid) is { IsLive: true };
            unit.Note(seen.UserSid, new { allocation = allocationSid, left = lives ? "extended" : "released before" });
            return lives ? ExpiryResult.Extended : ExpiryResult.AlreadyReleased;
        }
        var released = await provisioners.Of(seen).ReleaseAsync(allocationSid);
        if (released.IsRefused)
            return released.Refusal;
        await unit.Prepared.LaterAsync("UPDATE purchases SET used = used - 1 WHERE sid = $1 AND used > 0", released.Value.PurchaseSid);
        unit.Note(seen.UserSid, new { allocation = allocationSid, seen.PoolVmId, seen.LeaseNumber, released.Value.ExpiresAt });
        return ExpiryResult.Released;
    }
}

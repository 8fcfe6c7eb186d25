using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>The result of ending a lease that looked expired.</summary>
public enum ExpiryResult
{
    Released,

    /// <summary>Released by someone else before.</summary>
    AlreadyReleased,

    /// <summary>Renewed before: the lease is live.</summary>
    Extended,
}

/// <summary>
/// Ends one expired lease, through the provisioner that handed it out. The UPDATE itself checks that it is expired.
/// </summary>
public sealed class ExpireVm(UnitOfWorkRunner writer, Provisioners provisioners)
{
    public Task<Outcome<ExpiryResult>> RunAsync(
        Actor actor,
        string allocationSid,
        CancellationToken cancel = default
    ) => writer.RunAsync<ExpiryResult>("vm.expire", actor, unit => InUnitAsync(unit, allocationSid), cancel);

    private async Task<Outcome<ExpiryResult>> InUnitAsync(Unit unit, string allocationSid)
    {
        if (await unit.LockLeaseAsync(allocationSid) is not { } seen)
            return Refusals.NotFound;
        if (!seen.IsLive || !Instants.Expired(seen.ExpiresAt, unit.Now))
        {
            var left = seen.IsLive ? "extended" : "released before";
            unit.Note(seen.UserSid, new { allocation = allocationSid, left });
            return seen.IsLive ? ExpiryResult.Extended : ExpiryResult.AlreadyReleased;
        }
        var end = new LeaseEnd(allocationSid, "expired", ExpiredBefore: unit.Now);
        var released = await Lease.EndAsync(unit, provisioners, seen, end);
        if (released.IsRefused)
            return released.Refusal;
        unit.Note(
            seen.UserSid,
            new
            {
                allocation = allocationSid,
                seen.PoolVmId,
                seen.LeaseNumber,
                released.Value.ExpiresAt,
            }
        );
        return ExpiryResult.Released;
    }
}

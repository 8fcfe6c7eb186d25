using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>
/// Releases a machine: the lease ends, the slot returns to its purchase, and the release notice is queued,
/// in one commit.
/// </summary>
public sealed class ReleaseVm(UnitOfWorkRunner writer, Provisioners provisioners)
{
    /// <param name="accountSid">Restricts the call to this customer's machines; null for operators.</param>
    /// <param name="reason">For the notice and the record: <c>customer</c>, or an operator's text.</param>
    /// <returns>The lease after the call; a repetition returns the same. Another customer's lease and an unknown one
    /// are both refused with <c>not_found</c>.</returns>
    public Task<Outcome<VmAnswer>> RunAsync(
        Actor actor,
        string? accountSid,
        string? allocationSid,
        string reason,
        CancellationToken cancel = default
    ) =>
        !Names.IsSid(allocationSid)
            ? Task.FromResult<Outcome<VmAnswer>>(Refusals.NotFound)
            : writer.RunAsync<VmAnswer>(
                "vm.release",
                actor,
                unit => InUnitAsync(unit, accountSid, allocationSid!, reason),
                cancel
            );

    private async Task<Outcome<VmAnswer>> InUnitAsync(
        Unit unit,
        string? accountSid,
        string allocationSid,
        string reason
    )
    {
        var seen = await unit.LockLeaseAsync(allocationSid);
        if (seen is null || (accountSid is not null && seen.UserSid != accountSid))
            return Refusals.NotFound;
        var released = await Lease.EndAsync(unit, provisioners, seen, new LeaseEnd(allocationSid, reason));
        if (released.IsRefused)
            return released.Refusal;
        var repeated = !seen.IsLive;
        unit.Note(
            seen.UserSid,
            new
            {
                allocation = allocationSid,
                seen.PoolVmId,
                seen.LeaseNumber,
                reason,
                repeated,
            }
        );
        return VmAnswer.Of(released.Value);
    }
}

/// <summary>Reads an allocation inside a unit.</summary>
internal static class FindAllocation
{
    public static Task<VmAllocation?> FindAllocationAsync(this Unit unit, string sid)
    {
        var row = RowMapper<VmAllocation>.In(unit.Database);
        return unit.Statements.ReadAsync($"SELECT {row.Columns} FROM vm_allocations WHERE sid = $1", row.Read, sid);
    }
}

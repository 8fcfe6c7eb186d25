using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>
/// How a lease ends. The use case passes it to the unit (<see cref="Unit.Pass{T}"/>) and calls the provisioner; the
/// provisioner calls <see cref="RunAsync"/>, which writes status, time and reason in one UPDATE. A second UPDATE of the
/// same row in one transaction would make PostgreSQL check the foreign keys of the row again, which locks the account
/// after the machine (FOR KEY SHARE).
/// </summary>
/// <param name="AllocationSid">The only lease that this is about.</param>
/// <param name="Reason">Stored as <c>release_reason</c> and sent to the deployer.</param>
/// <param name="ExpiredBefore">
/// Ends the lease only if its <c>expires_at</c> is earlier; null: whenever it expires.
/// </param>
/// <param name="Broken">
/// The machine does not work, and why; whoever has it keeps it out. Null: nothing is known against it.
/// </param>
internal sealed record LeaseEnd(
    string AllocationSid,
    string Reason,
    DateTimeOffset? ExpiredBefore = null,
    string? Broken = null
)
{
    private static readonly string Sql =
        "UPDATE vm_allocations SET status = 'Released', released_at = $2, release_reason = $3 "
        + $"WHERE sid = $1 AND status IN ({AllocationMoves.IntoSql(AllocationStatus.Released)})";

    /// <summary>How this lease ends in this unit; null where no use case has said it.</summary>
    public static LeaseEnd? Of(Unit unit, string allocationSid) =>
        unit.Passed<LeaseEnd>() is { } passed && passed.AllocationSid == allocationSid ? passed : null;

    /// <summary>Ends the lease if it is live.</summary>
    /// <returns>
    /// The lease as it is now; null if it is unknown, was not live or has not expired, and then nothing was changed.
    /// </returns>
    public static Task<VmAllocation?> RunAsync(Unit unit, string allocationSid)
    {
        var row = RowMapper<VmAllocation>.In(unit.Database);
        var end = Of(unit, allocationSid);
        var now = Instants.ToMicros(unit.Now);
        if (end?.ExpiredBefore is not { } before)
            return unit.Statements.ReadAsync(
                $"{Sql} RETURNING {row.Columns}",
                row.Read,
                allocationSid,
                now,
                end?.Reason
            );
        var expired = $"{Sql} AND expires_at < $4 RETURNING {row.Columns}";
        return unit.Statements.ReadAsync(expired, row.Read, allocationSid, now, end.Reason, Instants.ToMicros(before));
    }
}

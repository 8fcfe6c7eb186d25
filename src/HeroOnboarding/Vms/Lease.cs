using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>The terms of a new lease, without its machine.</summary>
/// <param name="Cost">Micro-dollars.</param>
/// <param name="ReplacesSid">The lease whose machine did not work; null if this lease replaces none.</param>
internal sealed record LeaseTerms(
    string PurchaseSid,
    string PlanId,
    long Cost,
    string? SshPublicKey,
    DateTimeOffset ExpiresAt,
    string? ReplacesSid = null
);

/// <summary>
/// How a lease ends. The use case passes it to the unit (<see cref="Unit.Pass{T}"/>) and calls the provisioner; the
/// provisioner calls <see cref="Lease.EndRowAsync"/>.
/// </summary>
/// <param name="AllocationSid">The lease to which it applies.</param>
/// <param name="Reason">Stored as <c>release_reason</c> and sent to the deployer.</param>
/// <param name="ExpiredBefore">Ends the lease only if its <c>expires_at</c> is earlier; null: regardless of it.</param>
/// <param name="Broken">Why the machine does not work; the provisioner then quarantines it. Null: no
/// defect is known.</param>
internal sealed record LeaseEnd(
    string AllocationSid,
    string Reason,
    DateTimeOffset? ExpiredBefore = null,
    string? Broken = null
)
{
    /// <summary>The end of this lease that a use case passed to the unit; null without one.</summary>
    public static LeaseEnd? Of(Unit unit, string allocationSid) =>
        unit.Passed<LeaseEnd>() is { } passed && passed.AllocationSid == allocationSid ? passed : null;
}

/// <summary>
/// The start and the end of leases, and the condition of a live one. Use cases decide; the rows are written here.
/// </summary>
internal static class Lease
{
    /// <summary>
    /// The condition of a live lease, as SQL: the filter of the indexes of live leases, and of the statements
    /// that use them.
    /// </summary>
    public const string Live = "status IN ('Pending', 'Active')";

    private static readonly string EndSql =
        "UPDATE vm_allocations SET status = 'Released', released_at = $2, release_reason = $3 "
        + $"WHERE sid = $1 AND status IN ({AllocationMoves.IntoSql(AllocationStatus.Released)})";

    /// <summary>
    /// The same condition as a query. The statuses must be in the same order: otherwise SQLite does not use the index.
    /// </summary>
    public static IQueryable<VmAllocation> WhereLive(this IQueryable<VmAllocation> rows) =>
        rows.Where(a => a.Status == AllocationStatus.Pending || a.Status == AllocationStatus.Active);

    /// <summary>Takes a machine, stores the lease with its own copies, and queues the notice to the deployer.</summary>
    /// <returns>The lease; refused with <c>pool.empty</c> when there is no machine.</returns>
    public static async Task<Outcome<VmAllocation>> HandOutAsync(
        Unit unit,
        IProvisioner provisioner,
        Account account,
        LeaseTerms terms
    )
    {
        var plan = new VmPlan(terms.Cost, terms.SshPublicKey, terms.ExpiresAt - unit.Now);
        var provided = await provisioner.AllocateAsync(account.Sid, plan);
        if (provided.IsRefused)
            return provided.Refusal;
        var lease = RowOf(unit, provisioner, provided.Value, account, terms);
        await RowMapper<VmAllocation>.In(unit.Database).InsertAsync(unit.Statements, lease);
        if (lease is { Status: AllocationStatus.Active, PoolVmId: not null } && !provisioner.IsDemo)
            LeaseNotices.Assign(unit, lease, account);
        return lease;
    }

    /// <summary>Ends a lease that this unit has locked, through the provisioner that handed it out.</summary>
    /// <param name="givesSlotBack">False when another lease takes over the slot.</param>
    /// <returns>The lease after the call; this call ended it only if <paramref name="seen"/> is live.</returns>
    public static async Task<Outcome<VmAllocation>> EndAsync(
        Unit unit,
        Provisioners provisioners,
        VmAllocation seen,
        LeaseEnd end,
        bool givesSlotBack = true
    )
    {
        unit.Pass(end);
        var released = await provisioners.Of(seen).ReleaseAsync(seen.Sid);
        if (!released.IsRefused && seen.IsLive && givesSlotBack)
            await Slots.GiveBackAsync(unit, released.Value.PurchaseSid);
        return released;
    }

    /// <summary>
    /// For provisioners: ends the row if it is live. Status, time and reason are one UPDATE: after a second UPDATE of
    /// the same row in one transaction PostgreSQL would check the foreign keys of the row again, which locks the
    /// account after the machine (FOR KEY SHARE).
    /// </summary>
    /// <returns>The lease after the call; null if it is unknown, was not live or has not expired, and then
    /// nothing was changed.</returns>
    public static Task<VmAllocation?> EndRowAsync(Unit unit, string allocationSid)
    {
        var row = RowMapper<VmAllocation>.In(unit.Database);
        var end = LeaseEnd.Of(unit, allocationSid);
        var now = Instants.ToMicros(unit.Now);
        if (end?.ExpiredBefore is not { } before)
            return unit.Statements.ReadAsync(
                $"{EndSql} RETURNING {row.Columns}",
                row.Read,
                allocationSid,
                now,
                end?.Reason
            );
        var expired = $"{EndSql} AND expires_at < $4 RETURNING {row.Columns}";
        return unit.Statements.ReadAsync(expired, row.Read, allocationSid, now, end.Reason, Instants.ToMicros(before));
    }

    private static VmAllocation RowOf(
        Unit unit,
        IProvisioner provisioner,
        Provided provided,
        Account account,
        LeaseTerms terms
    ) =>
        new()
        {
            Sid = provided.AllocationSid,
            UserSid = account.Sid,
            PurchaseSid = terms.PurchaseSid,
            PlanId = terms.PlanId,
            Provisioner = provisioner.Name,
            PoolVmId = provided.Machine?.PoolVmId,
            LeaseNumber = provided.Machine?.LeaseNumber ?? 0,
            Status = provided.Status,
            Address = provided.Machine?.Address,
            MyceliumIp = provided.Machine?.MyceliumIp,
            SshUser = provided.Machine?.SshUser,
            SshPort = provided.Machine?.SshPort,
            CockpitUrl = provided.Machine?.CockpitUrl,
            ForgeId = account.ForgeId,
            SshPublicKey = terms.SshPublicKey,
            Cost = terms.Cost,
            CreatedAt = unit.Now,
            ExpiresAt = terms.ExpiresAt,
            ReplacesSid = terms.ReplacesSid,
        };
}

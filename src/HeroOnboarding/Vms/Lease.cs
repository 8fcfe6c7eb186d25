using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>What a new lease is made of, beside its machine.</summary>
/// <param name="Cost">Micro-dollars.</param>
/// <param name="ReplacesSid">The lease whose machine did not work; null for a first one.</param>
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
    /// <summary>How this lease ends in this unit; null where no use case has said it.</summary>
    public static LeaseEnd? Of(Unit unit, string allocationSid) =>
        unit.Passed<LeaseEnd>() is { } passed && passed.AllocationSid == allocationSid ? passed : null;
}

/// <summary>
/// The life of a lease: which ones are live, how one begins and how it ends. Use cases decide; what is written is
/// written here.
/// </summary>
internal static class Lease
{
    /// <summary>
    /// Live, as SQL: the filter of the indexes that look for live leases, and of the statements that use them.
    /// </summary>
    public const string Live = "status IN ('Pending', 'Active')";

    private static readonly string EndSql =
        "UPDATE vm_allocations SET status = 'Released', released_at = $2, release_reason = $3 "
        + $"WHERE sid = $1 AND status IN ({AllocationMoves.IntoSql(AllocationStatus.Released)})";

    /// <summary>The same for queries, in the same order, or SQLite does not know the index by it.</summary>
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

    /// <summary>Ends a lease that is held by this unit, through the provisioner that handed it out.</summary>
    /// <param name="givesSlotBack">False where another lease takes the slot over.</param>
    /// <returns>The lease as it is then; it was ended here only if <paramref name="seen"/> is live.</returns>
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
    /// For provisioners: ends the row if it is live. Status, time and reason are one UPDATE: a second UPDATE of the
    /// same row in one transaction would make PostgreSQL check the foreign keys of the row again, which locks the
    /// account after the machine (FOR KEY SHARE).
    /// </summary>
    /// <returns>
    /// The lease as it is now; null if it is unknown, was not live or has not expired, and then nothing was changed.
    /// </returns>
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

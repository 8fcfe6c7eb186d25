using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>
/// Reads a lease inside the unit and holds it until the unit ends; account and purchase are held first
/// (<see cref="Accounts.AccountLocks"/> has the order).
/// </summary>
internal static class LeaseLocks
{
    /// <summary>
    /// A lease as it is now, with its account, its purchase and its own row held until the unit ends; null if there
    /// is none.
    /// </summary>
    public static async Task<VmAllocation?> LockLeaseAsync(this Unit unit, string allocationSid)
    {
        var row = RowMapper<VmAllocation>.In(unit.Database);
        // PostgreSQL locks the tables in the order in which FOR NO KEY UPDATE OF names them.
        var sql =
            $"SELECT {row.ColumnsOf("v")} FROM accounts a JOIN vm_allocations v ON v.user_sid = a.sid "
            + $"JOIN purchases p ON p.sid = v.purchase_sid WHERE v.sid = $1{unit.Database.ForUpdateOf("a, p, v")}";
        var lease = await unit.Statements.ReadAsync(sql, row.Read, allocationSid);
        if (lease is not null || unit.Database.ForUpdate.Length == 0)
            return lease;
        // No row also when an upgrade moved the lease to another purchase while this statement waited.
        // The account is held since, so nothing moves again.
        return await unit.Statements.ReadAsync(sql, row.Read, allocationSid);
    }

    /// <summary>
    /// A lease of this account, held until the unit ends, for units that hold account and purchase already.
    /// </summary>
    public static Task<VmAllocation?> LockAllocationAsync(this Unit unit, string allocationSid, string accountSid)
    {
        var row = RowMapper<VmAllocation>.In(unit.Database);
        var sql = $"SELECT {row.Columns} FROM vm_allocations WHERE sid = $1 AND user_sid = $2{unit.Database.ForUpdate}";
        return unit.Statements.ReadAsync(sql, row.Read, allocationSid, accountSid);
    }
}

using HeroOnboarding.Store;

namespace HeroOnboarding.Vms;

/// <summary>
/// Reads a lease inside the unit and locks it until the unit ends. Account and purchase are locked first, in the
/// order of <see cref="Accounts.AccountLocks"/>.
/// </summary>
internal static class LeaseLocks
{
    /// <summary>Locks a lease with its account and its purchase; null if there is none.</summary>
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
        // There is also no row when an upgrade moved the lease to another purchase while this statement waited. The
        // account is locked from then on, so the second read is final.
        return await unit.Statements.ReadAsync(sql, row.Read, allocationSid);
    }

    /// <summary>Locks a lease of this account, for units that have locked account and purchase.</summary>
    public static Task<VmAllocation?> LockAllocationAsync(this Unit unit, string allocationSid, string accountSid)
    {
        var row = RowMapper<VmAllocation>.In(unit.Database);
        var sql = $"SELECT {row.Columns} FROM vm_allocations WHERE sid = $1 AND user_sid = $2{unit.Database.ForUpdate}";
        return unit.Statements.ReadAsync(sql, row.Read, allocationSid, accountSid);
    }
}

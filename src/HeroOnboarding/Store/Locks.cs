using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// Reads a row inside the unit and holds it until the unit ends, in the one order account → purchase → allocation →
/// pool machine,
/// so that units wait for each other but never in a circle. On SQLite the unit has the whole database.
/// On PostgreSQL the lock is FOR NO KEY UPDATE: foreign keys of other rows, which lock FOR KEY SHARE, never wait
/// for it.
/// </summary>
internal static class Locks
{
    /// <summary>The account, tracked by Entity Framework, for units that change it; null if there is none.</summary>
    public static async Task<Account?> LockAccountAsync(this Unit unit, string sid)
    {
        var columns = RowMapper<Account>.In(unit.Database).Columns;
        var sql = $"SELECT {columns} FROM accounts WHERE sid = {{0}}{unit.Database.ForUpdate}";
        return (await unit.Db.Accounts.FromSqlRaw(sql, sid).ToListAsync()).SingleOrDefault();
    }

    /// <summary>The account as a row of its own, for units that change nothing of it.</summary>
    public static Task<Account?> HoldAccountAsync(this Unit unit, string sid)
    {
        var row = RowMapper<Account>.In(unit.Database);
        return unit.Statements.ReadAsync(
            $"SELECT {row.Columns} FROM accounts WHERE sid = $1{unit.Database.ForUpdate}",
            row.Read,
            sid
        );
    }

    public static Task<Purchase?> LockActivePurchaseAsync(this Unit unit, string accountSid)
    {
        var row = RowMapper<Purchase>.In(unit.Database);
        var sql = $"SELECT {row.Columns} FROM purchases WHERE account_sid = $1 AND state = 'active'";
        return unit.Statements.ReadAsync(sql + unit.Database.ForUpdate, row.Read, accountSid);
    }

    /// <summary>
    /// Both at once where there is an active purchase. Else one after the other: whoever waited for the account must
    /// see what was bought
    /// meanwhile, which only a new statement does.
    /// </summary>
    public static async Task<(Account? Account, Purchase? Purchase)> LockAccountAndPurchaseAsync(
        this Unit unit,
        string sid
    )
    {
        var (account, purchase) = (RowMapper<Account>.In(unit.Database), RowMapper<Purchase>.In(unit.Database));
        var sql =
            $"SELECT {account.ColumnsOf("a")}, {purchase.ColumnsOf("p")} FROM accounts a "
            + "JOIN purchases p ON p.account_sid = a.sid AND p.state = 'active' "
            + $"WHERE a.sid = $1{ForUpdateOf(unit, "a, p")}";
        var both = await unit.Statements.ReadAsync(
            sql,
            reader => (account.Read(reader), purchase.ReadFrom(reader, account.Count)),
            sid
        );
        if (both.Item1 is not null)
            return both;
        return await unit.HoldAccountAsync(sid) is { } alone
            ? (alone, await unit.LockActivePurchaseAsync(sid))
            : (null, null);
    }

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
            + $"JOIN purchases p ON p.sid = v.purchase_sid WHERE v.sid = $1{ForUpdateOf(unit, "a, p, v")}";
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

    private static string ForUpdateOf(Unit unit, string tables) =>
        unit.Database.ForUpdate.Length == 0 ? "" : $"{unit.Database.ForUpdate} OF {tables}";
}

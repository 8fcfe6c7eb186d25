using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>Reads an account inside the unit and locks its row until the unit ends.</summary>
/// <remarks>
/// Units lock in the order account → purchase → allocation → pool machine, so that they cannot deadlock. On SQLite the
/// unit has the whole database. On PostgreSQL the lock is FOR NO KEY UPDATE: foreign keys of other rows, which lock FOR
/// KEY SHARE, do not wait for it.
/// </remarks>
internal static class AccountLocks
{
    /// <summary>
    /// Locks the account for units that change it. The row is tracked by Entity Framework; null if there is none.
    /// </summary>
    public static async Task<Account?> LockAccountAsync(this Unit unit, string sid)
    {
        var columns = RowMapper<Account>.In(unit.Database).Columns;
        var sql = $"SELECT {columns} FROM accounts WHERE sid = {{0}}{unit.Database.ForUpdate}";
        return (await unit.Db.Accounts.FromSqlRaw(sql, sid).ToListAsync()).SingleOrDefault();
    }

    /// <summary>
    /// Locks the account for units that do not change it. The row is not tracked; null if there is none.
    /// </summary>
    public static Task<Account?> HoldAccountAsync(this Unit unit, string sid)
    {
        var row = RowMapper<Account>.In(unit.Database);
        return unit.Statements.ReadAsync(
            $"SELECT {row.Columns} FROM accounts WHERE sid = $1{unit.Database.ForUpdate}",
            row.Read,
            sid
        );
    }
}

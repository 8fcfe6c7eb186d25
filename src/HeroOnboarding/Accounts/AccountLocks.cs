using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>Reads an account inside the unit and holds it until the unit ends.</summary>
/// <remarks>
/// Units lock in the one order account → purchase → allocation → pool machine, so that they wait for each other but
/// never in a circle. On SQLite the unit has the whole database. On PostgreSQL the lock is FOR NO KEY UPDATE: foreign
/// keys of other rows, which lock FOR KEY SHARE, never wait for it.
/// </remarks>
internal static class AccountLocks
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
}

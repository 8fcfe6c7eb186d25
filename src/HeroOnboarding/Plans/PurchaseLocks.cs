using HeroOnboarding.Accounts;
using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>
/// Reads an active purchase inside the unit and locks it until the unit ends. Its account is locked first
/// (<see cref="AccountLocks"/> documents the order).
/// </summary>
internal static class PurchaseLocks
{
    public static Task<Purchase?> LockActivePurchaseAsync(this Unit unit, string accountSid)
    {
        var row = RowMapper<Purchase>.In(unit.Database);
        var sql = $"SELECT {row.Columns} FROM purchases WHERE account_sid = $1 AND state = 'active'";
        return unit.Statements.ReadAsync(sql + unit.Database.ForUpdate, row.Read, accountSid);
    }

    /// <summary>
    /// Locks both by one statement where there is an active purchase. Otherwise locks the account and then reads the
    /// purchase by a second statement, which sees what was committed while the first one waited.
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
            + $"WHERE a.sid = $1{unit.Database.ForUpdateOf("a, p")}";
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
}

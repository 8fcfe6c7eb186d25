using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// Reads a row inside the unit and holds it until the unit ends, in the one order account → purchase → allocation → pool machine,
/// so that units wait for each other but never in a circle. On SQLite the unit has the whole database.
/// </summary>
internal static class Locks
{
#pragma warning disable EF1003 // the appended text is the constant " FOR UPDATE" or nothing
    public static async Task<Account?> LockAccountAsync(this Unit unit, string sid) =>
        (await unit.Db.Accounts.FromSqlRaw("SELECT * FROM accounts WHERE sid = {0}" + unit.Database.ForUpdate, sid).ToListAsync()).SingleOrDefault();

#pragma warning restore EF1003

    /// <summary>The account as a row of its own, for units that change nothing of it.</summary>
    public static Task<Account?> HoldAccountAsync(this Unit unit, string sid)
    {
        var row = RowShape<Account>.In(unit.Database);
        return unit.Prepared.ReadAsync($"SELECT {row.Columns} FROM accounts WHERE sid = $1{unit.Database.ForUpdate}", row.Read, sid);
    }

    public static Task<Purchase?> LockActivePurchaseAsync(this Unit unit, string accountSid)
    {
        var row = RowShape<Purchase>.In(unit.Database);
        return unit.Prepared.ReadAsync($"SELECT {row.Columns} FROM purchases WHERE account_sid = $1 AND state = 'active'{unit.Database.ForUpdate}", row.Read, accountSid);
    }

    /// <summary>
    /// Both at once where there is an active purchase. Else one after the other: whoever waited for the account must see what was bought
    /// meanwhile, which only a new statement does.
    /// </summary>
    public static async Task<(Account? Account, Purchase? Purchase)> HoldAccountAndPurchaseAsync(this Unit unit, string sid)
    {
        var (account, purchase) = (RowShape<Account>.In(unit.Database), RowShape<Purchase>.In(unit.Database));
        var hold = unit.Database.ForUpdate.Length == 0 ? "" : unit.Database.ForUpdate + " OF a, p";
        var both = await unit.Prepared.ReadAsync(
            $"SELECT {account.ColumnsOf("a")}, {purchase.ColumnsOf("p")} FROM accounts a JOIN purchases p ON p.account_sid = a.sid AND p.state = 'active' WHERE a.sid = $1{hold}",
            reader => (account.Read(reader), purchase.ReadFrom(reader, account.Count)), sid);
        if (both.Item1 is not null)
            return both;
        return await unit.HoldAccountAsync(sid) is { } alone ? (alone, await unit.LockActivePurchaseAsync(sid)) : (null, null);
    }
}

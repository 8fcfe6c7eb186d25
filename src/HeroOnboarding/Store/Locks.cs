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

    public static async Task<Purchase?> LockActivePurchaseAsync(this Unit unit, string accountSid) =>
        (await unit.Db.Purchases.FromSqlRaw("SELECT * FROM purchases WHERE account_sid = {0} AND state = 'active'" + unit.Database.ForUpdate, accountSid)
            .AsNoTracking().ToListAsync()).SingleOrDefault();

    public static async Task LockPurchaseAsync(this Unit unit, string sid) =>
        await unit.Db.Purchases.FromSqlRaw("SELECT * FROM purchases WHERE sid = {0}" + unit.Database.ForUpdate, sid).AsNoTracking().ToListAsync();
#pragma warning restore EF1003
}

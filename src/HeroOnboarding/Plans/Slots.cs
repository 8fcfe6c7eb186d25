using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>The slots of a purchase. Only these statements change their number.</summary>
internal static class Slots
{
    private const string TakeSql = """
        UPDATE purchases SET used = used + 1
        WHERE sid = $1 AND state = 'active' AND used < vm_count AND period_end >= $3
          AND EXISTS (SELECT 1 FROM accounts WHERE sid = $2 AND suspended_at IS NULL AND kyc_status = 'completed')
        """;

    private const string GiveBackSql = "UPDATE purchases SET used = used - 1 WHERE sid = $1 AND used > 0";

    /// <summary>
    /// Takes a slot if one is left. The UPDATE repeats every gate, whatever the unit has read before.
    /// </summary>
    /// <returns>False when none is left; nothing was changed then.</returns>
    public static async Task<bool> TakeAsync(Unit unit, string accountSid, string purchaseSid) =>
        await unit.Statements.RunAsync(TakeSql, purchaseSid, accountSid, Instants.ToMicros(unit.Now)) == 1;

    /// <summary>Returns a slot. For the unit that ends a live lease, once.</summary>
    public static Task GiveBackAsync(Unit unit, string purchaseSid) =>
        unit.Statements.EnqueueAsync(GiveBackSql, purchaseSid);
}

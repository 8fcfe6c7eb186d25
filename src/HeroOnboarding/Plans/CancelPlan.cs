using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>A cancelled plan, and the refund.</summary>
public sealed record CancelAnswer(string Sid, string PlanId, long RefundCents, long CreditBalanceCents);

/// <summary>
/// Ends a plan under which no machine was ever started and refunds all that was paid for it. There is no other gate: a
/// customer's own money also returns to an account that is suspended or no longer verified.
/// </summary>
public sealed class CancelPlan(UnitOfWorkRunner writer)
{
    /// <summary>
    /// True when a machine was started under the plan, or under a plan that it replaced. An upgrade moves only the held
    /// leases, and the new plan starts at the instant at which the old one ends.
    /// </summary>
    private const string StartedSql = """
        EXISTS (
          WITH RECURSIVE line(sid, account_sid, started_at) AS (
            SELECT sid, account_sid, started_at FROM purchases WHERE sid = $1
            UNION
            SELECT p.sid, p.account_sid, p.started_at FROM purchases p
            JOIN line l ON p.account_sid = l.account_sid
              AND p.end_reason = 'upgraded' AND p.ended_at = l.started_at AND p.sid <> l.sid)
          SELECT 1 FROM vm_allocations WHERE purchase_sid IN (SELECT sid FROM line) AND status <> 'Failed')
        """;

    private const string EndSql = $"""
        UPDATE purchases SET state = 'ended', ended_at = $2, end_reason = 'cancelled', auto_renew = false
        WHERE sid = $1 AND state = 'active' AND used = 0 AND NOT {StartedSql}
        """;

    /// <param name="purchaseSid">The plan that the caller means; null for the active one. Another customer's plan and
    /// an unknown one are both refused with <c>not_found</c>.</param>
    public Task<Outcome<Answered<CancelAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        string? purchaseSid,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<CancelAnswer>(
            "plan.cancel",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, purchaseSid),
            cancel
        );

    private static async Task<Outcome<CancelAnswer>> InUnitAsync(Unit unit, string accountSid, string? purchaseSid)
    {
        if (await unit.LockAccountAsync(accountSid) is not { } account)
            return AccountRefusals.SessionRequired;
        var plan = await unit.LockActivePurchaseAsync(accountSid);
        if (purchaseSid is not null && plan?.Sid != purchaseSid)
            return Refusals.NotFound;
        if (plan is null)
            return PlanRefusals.PlanRequired;
        if (await unit.Statements.RunAsync(EndSql, plan.Sid, Instants.ToMicros(unit.Now)) != 1)
            return PlanRefusals.PlanStarted;
        var refund = plan.Paid ?? plan.Price;
        if (refund > 0)
        {
            await Ledger.CreditAsync(unit, accountSid, Ledger.Revenue, refund, TransferKind.PlanCancelled, plan.Sid);
            // A pending purchase of another plan may have waited for this credit.
            await CompletePurchase.ReadyAsync(unit, accountSid);
        }
        unit.Note(accountSid, new { purchase = plan.Sid, refund_micros = refund });
        return new CancelAnswer(plan.Sid, plan.PlanId, Money.Cents(refund), Money.Cents(account.Balance + refund));
    }

    /// <summary>For pages: true when no machine was ever started under the plan.</summary>
    internal static async Task<bool> IsPossibleAsync(Database database, Purchase plan) =>
        plan.State == PurchaseState.Active
        && plan.Used == 0
        && await database.ReadAsync($"SELECT CASE WHEN {StartedSql} THEN 1 ELSE 0 END", r => r.GetInt32(0), plan.Sid)
            == 0;
}

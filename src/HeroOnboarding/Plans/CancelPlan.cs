using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;

namespace HeroOnboarding.Plans;

/// <summary>A plan that was cancelled, and what came back.</summary>
public sealed record CancelAnswer(string Sid, string PlanId, long RefundCents, long CreditBalanceCents);

/// <summary>
/// Ends a plan under which no machine ever started and gives everything back that it cost. No other gate: money that is
/// a customer's own goes back to a suspended or
/// no longer verified account too.
/// </summary>
public sealed class CancelPlan(UnitOfWorkRunner writer)
{
    /// <summary>
    /// A machine started under the plan, or under one that it took the place of: an upgrade moves only what is held at
    /// that moment, and ends the old plan in the very
    /// instant in which the new one starts.
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

    /// <param name="purchaseSid">The plan that the caller looks at; null for whichever is active. Not theirs and
    /// unknown are the same <c>not_found</c>.</param>
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
            // Somebody who chose the next plan already may have been waiting for this money.
            await CompletePurchase.ReadyAsync(unit, accountSid);
        }
        unit.Note(accountSid, new { purchase = plan.Sid, refund_micros = refund });
        return new CancelAnswer(plan.Sid, plan.PlanId, Money.Cents(refund), Money.Cents(account.Balance + refund));
    }

    /// <summary>For pages: no machine ever started under it.</summary>
    internal static async Task<bool> IsPossibleAsync(Database database, Purchase plan) =>
        plan.State == PurchaseState.Active
        && plan.Used == 0
        && await database.ReadAsync($"SELECT CASE WHEN {StartedSql} THEN 1 ELSE 0 END", r => r.GetInt32(0), plan.Sid)
            == 0;
}

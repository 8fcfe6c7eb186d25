using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Plans;

/// <summary>An upgrade to a larger plan.</summary>
/// <param name="RestMicros">Micro-dollars of the previous plan that were unused and credited.</param>
/// <param name="ChargeMicros">Price minus rest: the amount by which the credit decreased; negative
/// when it increased.</param>
public sealed record UpgradeAnswer(
    string Sid,
    string PlanId,
    long PriceCents,
    long RestMicros,
    long ChargeMicros,
    int VmQuotaTotal,
    int VmQuotaUsed,
    DateTimeOffset VmQuotaPeriodEnd,
    DateTimeOffset ExpiresAt,
    int VmsKept,
    long CreditBalanceCents
);

/// <summary>
/// Upgrades to a larger plan: the unused rest of the old one is credited to the micro-dollar, the new one is paid in
/// full and its 30 days start at this instant, and the machines stay. It is a new purchase, so that receipts of the old
/// one stay valid.
/// </summary>
public sealed class UpgradePlan(UnitOfWorkRunner writer, Catalogue catalogue)
{
    /// <summary>How long the amounts that a page showed are valid, to the micro-dollar.</summary>
    public static readonly TimeSpan QuoteLife = TimeSpan.FromMinutes(15);

    private const string EndSql = """
        UPDATE purchases SET state = 'ended', ended_at = $3, end_reason = 'upgraded', used = 0, auto_renew = false
        WHERE sid = $1 AND state = 'active' AND period_end = $2
        """;

    private const string MoveSql =
        "UPDATE vm_allocations SET purchase_sid = $2, expires_at = $3 WHERE purchase_sid = $1 AND " + Lease.Live;

    /// <summary>
    /// The unused rest of a plan at this instant: price × time left ÷ 30 days in whole microseconds, rounded down to
    /// the micro-dollar. A plan that was renewed ahead has more than 30 days left, all of them paid.
    /// </summary>
    public static long Rest(long price, DateTimeOffset periodEnd, DateTimeOffset at) =>
        at >= periodEnd
            ? 0
            : (long)(
                (Int128)price
                * (Instants.ToMicros(periodEnd) - Instants.ToMicros(at))
                / (PlanConfig.Period.Ticks / TimeSpan.TicksPerMicrosecond)
            );

    /// <summary>
    /// Checks in this order: suspended, KYC, an active plan, plan known, larger, terms, the amounts shown, credit.
    /// </summary>
    /// <param name="asOf">The instant of the amounts that the caller was shown, at most 15 minutes
    /// ago; null: now.</param>
    /// <param name="charge">Micro-dollars that were shown as price minus rest; another amount is refused with
    /// <c>plan.changed</c>. Null: any amount.</param>
    public Task<Outcome<Answered<UpgradeAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        string? planId,
        DateTimeOffset? asOf,
        long? charge,
        bool acceptTerms,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<UpgradeAnswer>(
            "plan.upgrade",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, planId, asOf, charge, acceptTerms),
            cancel
        );

    private async Task<Outcome<UpgradeAnswer>> InUnitAsync(
        Unit unit,
        string accountSid,
        string? planId,
        DateTimeOffset? asOf,
        long? charge,
        bool acceptTerms
    )
    {
        if (await unit.LockAccountAsync(accountSid) is not { } account)
            return AccountRefusals.SessionRequired;
        if (AccountGate.Check(account) is { } no)
            return no;
        if (await unit.LockActivePurchaseAsync(accountSid) is not { } old || Instants.Expired(old.PeriodEnd, unit.Now))
            return PlanRefusals.PlanRequired;
        if (catalogue.Find(planId) is not { } plan)
            return PlanRefusals.PlanUnknown;
        if (plan.VmCount <= old.VmCount)
            return PlanRefusals.PlanNotLarger;
        if (Terms.Take(unit, account, acceptTerms) is { } unaccepted)
            return unaccepted;
        var at = asOf ?? unit.Now;
        var rest = Rest(old.Price, old.PeriodEnd, at);
        if (
            at > unit.Now
            || at < unit.Now - QuoteLife
            || at < old.StartedAt
            || (charge is not null && charge != plan.Price - rest)
        )
            return PlanRefusals.PlanChanged;
        if (CreditGate.Check(account.Balance, plan.Price - rest) is { } poor)
            return poor;
        return await MoveAsync(unit, account, old, plan, rest);
    }

    private static async Task<Outcome<UpgradeAnswer>> MoveAsync(
        Unit unit,
        Account account,
        Purchase old,
        PlanConfig plan,
        long rest
    )
    {
        var (end, now) = (Instants.ToMicros(old.PeriodEnd), Instants.ToMicros(unit.Now));
        if (await unit.Statements.RunAsync(EndSql, old.Sid, end, now) != 1)
            return PlanRefusals.PlanChanged;
        var next = NewPurchase(unit, account, old, plan);
        if (rest > 0)
            await Ledger.CreditAsync(unit, account.Sid, Ledger.Revenue, rest, TransferKind.PlanRest, old.Sid);
        if (await Ledger.ChargeAsync(unit, account.Sid, plan.Price, TransferKind.PlanPurchase, next.Sid) is { } poor)
            return poor;
        unit.Db.Purchases.Add(next);
        await unit.Db.SaveChangesAsync();
        var kept = await unit.Statements.RunAsync(MoveSql, old.Sid, next.Sid, Instants.ToMicros(next.Expiry));
        unit.Note(
            account.Sid,
            new
            {
                from = old.Sid,
                purchase = next.Sid,
                plan = plan.Id,
                rest_micros = rest,
                price_cents = Money.Cents(plan.Price),
                kept,
            }
        );
        return new UpgradeAnswer(
            next.Sid,
            plan.Id,
            Money.Cents(plan.Price),
            rest,
            plan.Price - rest,
            plan.VmCount,
            old.Used,
            next.PeriodEnd,
            next.Expiry,
            kept,
            Money.Cents(account.Balance + rest - plan.Price)
        );
    }

    private static Purchase NewPurchase(Unit unit, Account account, Purchase old, PlanConfig plan) =>
        new()
        {
            Sid = unit.NewSid(),
            AccountSid = account.Sid,
            PlanId = plan.Id,
            Price = plan.Price,
            Paid = plan.Price,
            VmCount = plan.VmCount,
            Used = old.Used,
            State = PurchaseState.Active,
            AutoRenew = old.AutoRenew,
            StartedAt = unit.Now,
            PeriodEnd = unit.Now + PlanConfig.Period,
            ExpiresAt = unit.Now + PlanConfig.Period + unit.Options<PlanOptions>().ExpiryGrace,
            TermsVersion = account.TermsVersion,
            TermsAcceptedAt = account.TermsAcceptedAt,
        };
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>A renewed plan.</summary>
/// <param name="VmsKept">The number of machines whose <c>expires_at</c> was extended.</param>
public sealed record RenewAnswer(
    string Sid,
    string PlanId,
    long PriceCents,
    DateTimeOffset VmQuotaPeriodEnd,
    DateTimeOffset ExpiresAt,
    int Renewals,
    int VmsKept,
    long CreditBalanceCents
);

/// <summary>
/// Renews a plan for another 30 days at the price of the purchase, counted from the old end. The machines stay, and
/// their <c>expires_at</c> moves in the same commit. Possible while less than 30 days are left, and after the end for
/// as long as the machines are kept.
/// </summary>
public sealed class RenewPlan(UnitOfWorkRunner writer)
{
    /// <summary>How long before the end a plan is renewed automatically.</summary>
    public static readonly TimeSpan ByItself = TimeSpan.FromHours(24);

    private static readonly Actor Self = Actor.System("auto-renew");

    private const string ExtendSql = """
        UPDATE purchases SET period_end = $3, expires_at = $4, renewals = renewals + 1,
          paid = COALESCE(paid, price) + price,
          renew_refused_code = NULL, renew_refused_at = NULL,
          noticed7_at = NULL, noticed3_at = NULL, noticed1_at = NULL, shown_days = NULL, shown_at = NULL
        WHERE sid = $1 AND state = 'active' AND period_end = $2
        """;

    private const string KeepSql =
        "UPDATE vm_allocations SET expires_at = $2 WHERE purchase_sid = $1 AND " + Lease.Live;

    /// <summary>
    /// Checks in this order: suspended, KYC, a plan that can be renewed, not renewed already, credit.
    /// </summary>
    /// <param name="seenEnd">The end that the caller wants to extend; refused if it has changed. Null: any end.</param>
    public Task<Outcome<Answered<RenewAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        DateTimeOffset? seenEnd,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<RenewAnswer>(
            "plan.renew",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, p => seenEnd is null || p.PeriodEnd == seenEnd),
            cancel
        );

    /// <summary>
    /// Renews automatically, if the customer has not switched it off and the renewal is still due. A unique transfer
    /// reference ensures that one period is renewed once.
    /// </summary>
    internal Task<Outcome<RenewAnswer>> RunDueAsync(Purchase due, CancellationToken cancel) =>
        writer.RunAsync<RenewAnswer>(
            "plan.renew",
            Self,
            unit =>
                InUnitAsync(
                    unit,
                    due.AccountSid,
                    p => p.Sid == due.Sid && p.AutoRenew && p.PeriodEnd <= unit.Now + ByItself
                ),
            cancel
        );

    /// <summary>Stores once, for the customer's pages, why a plan could not be renewed automatically.</summary>
    internal Task RefuseAsync(Purchase due, Refusal refusal) =>
        writer.RunAsync(
            "plan.renew_refused",
            Self,
            async unit =>
            {
                var (code, end) = (refusal.Code, due.PeriodEnd);
                DateTimeOffset? now = unit.Now;
                await unit
                    .Db.Purchases.Where(p =>
                        p.Sid == due.Sid
                        && p.PeriodEnd == end
                        && (p.RenewRefusedCode == null || p.RenewRefusedCode != code)
                    )
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(p => p.RenewRefusedCode, code).SetProperty(p => p.RenewRefusedAt, now)
                    );
                unit.Note(due.AccountSid, new { purchase = due.Sid, refused = code });
            }
        );

    /// <summary>
    /// True when the plan can be renewed: its machines are still kept, and it is not a whole period ahead.
    /// </summary>
    public static bool IsPossible(Purchase plan, DateTimeOffset now) =>
        plan.State == PurchaseState.Active
        && !Instants.Expired(plan.Expiry, now)
        && plan.PeriodEnd <= now + PlanConfig.Period;

    private static async Task<Outcome<RenewAnswer>> InUnitAsync(
        Unit unit,
        string accountSid,
        Func<Purchase, bool> isMeant
    )
    {
        if (await unit.LockAccountAsync(accountSid) is not { } account)
            return AccountRefusals.SessionRequired;
        if (AccountGate.Check(account) is { } no)
            return no;
        if (await unit.LockActivePurchaseAsync(accountSid) is not { } plan || Instants.Expired(plan.Expiry, unit.Now))
            return PlanRefusals.PlanRequired;
        if (!isMeant(plan) || !IsPossible(plan, unit.Now))
            return PlanRefusals.PlanRenewed;
        if (CreditGate.Check(account.Balance, plan.Price) is { } poor)
            return poor;
        var (old, end) = (Instants.ToMicros(plan.PeriodEnd), plan.PeriodEnd + PlanConfig.Period);
        var expires = end + unit.Options<PlanOptions>().ExpiryGrace;
        var reference = $"{plan.Sid}:{old}";
        if (await Ledger.ChargeAsync(unit, accountSid, plan.Price, TransferKind.PlanRenewal, reference) is { } spent)
            return spent;
        if (
            await unit.Statements.RunAsync(ExtendSql, plan.Sid, old, Instants.ToMicros(end), Instants.ToMicros(expires))
            != 1
        )
            return PlanRefusals.PlanRenewed;
        var kept = await unit.Statements.RunAsync(KeepSql, plan.Sid, Instants.ToMicros(expires));
        unit.Note(
            accountSid,
            new
            {
                purchase = plan.Sid,
                price_cents = Money.Cents(plan.Price),
                from = plan.PeriodEnd,
                until = end,
                kept,
            }
        );
        return new RenewAnswer(
            plan.Sid,
            plan.PlanId,
            Money.Cents(plan.Price),
            end,
            expires,
            plan.Renewals + 1,
            kept,
            Money.Cents(account.Balance - plan.Price)
        );
    }
}

/// <summary>
/// The job that renews plans with automatic renewal in the last 24 hours before the end and, after a failure, as
/// long as the machines are kept. A plan that cannot be renewed is tried again at each run; every page shows its
/// owner the reason.
/// </summary>
public sealed class RenewDuePlans(Database database, RenewPlan renew, TimeProvider clock, ILogger<RenewDuePlans> log)
    : IJob
{
    private enum Result
    {
        Renewed,
        Meanwhile,
        Refused,
        Failed,
    }

    public async Task<string> RunAsync(CancellationToken cancel)
    {
        var now = clock.Now();
        var (from, until) = (now - PlanConfig.Period, now + RenewPlan.ByItself);
        List<Purchase> due;
        await using (var db = database.Read())
            due = await db
                .Purchases.Where(p =>
                    p.PeriodEnd >= from && p.PeriodEnd <= until && p.AutoRenew && p.State == PurchaseState.Active
                )
                .OrderBy(p => p.PeriodEnd)
                .ToListAsync(cancel);
        var results = new List<Result>();
        foreach (var plan in due.Where(p => !Instants.Expired(p.Expiry, now)))
            results.Add(await RenewAsync(plan, cancel));
        int Of(Result result) => results.Count(r => r == result);
        var report =
            $"{results.Count} due: {Of(Result.Renewed)} renewed, {Of(Result.Meanwhile)} meanwhile renewed or changed, "
            + $"{Of(Result.Refused)} could not be renewed.";
        return Of(Result.Failed) == 0
            ? report
            : throw new JobStoppedException($"{report} {Of(Result.Failed)} failed. The log has the details.");
    }

    private async Task<Result> RenewAsync(Purchase plan, CancellationToken cancel)
    {
        try
        {
            cancel.ThrowIfCancellationRequested();
            var outcome = await renew.RunDueAsync(plan, cancel);
            if (!outcome.IsRefused)
                return Result.Renewed;
            if (
                outcome.Refusal.Code == PlanRefusals.PlanRenewed.Code
                || outcome.Refusal.Code == PlanRefusals.PlanRequired.Code
            )
                return Result.Meanwhile;
            if (plan.RenewRefusedCode != outcome.Refusal.Code)
                await renew.RefuseAsync(plan, outcome.Refusal);
            return Result.Refused;
        }
        catch (StoreBusyException)
        {
            // UnitOfWorkRunner has logged the cause, once a second for all plans.
            return Result.Failed;
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested))
        {
            log.LogError(e, "Plan {Purchase} could not be renewed", plan.Sid);
            return Result.Failed;
        }
    }
}

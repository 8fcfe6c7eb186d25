using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>The purchase, and the first machine if it was started with it.</summary>
public sealed record BuyAnswer(
    string Sid,
    string PlanId,
    long PriceCents,
    int VmQuotaTotal,
    int VmQuotaUsed,
    DateTimeOffset VmQuotaPeriodEnd,
    long CreditBalanceCents,
    VmAnswer? Vm
);

/// <summary>
/// Charges the credit and starts the 30 days. With <c>start_now</c> the first machine is part of the same commit, so an
/// empty pool charges nothing.
/// </summary>
public sealed class BuyPlan(UnitOfWorkRunner writer, Catalogue catalogue, AllocateVm allocate)
{
    /// <summary>
    /// Checks in this order: suspended, KYC, plan known, terms, not already active, credit; then, with
    /// <paramref name="startNow"/>, the gates of a hand-out.
    /// </summary>
    public Task<Outcome<Answered<BuyAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        string? planId,
        bool startNow,
        string? sshPublicKey,
        bool acceptTerms,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<BuyAnswer>(
            "plan.buy",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, planId, startNow, sshPublicKey, acceptTerms),
            cancel
        );

    internal async Task<Outcome<BuyAnswer>> InUnitAsync(
        Unit unit,
        string accountSid,
        string? planId,
        bool startNow,
        string? sshPublicKey,
        bool acceptTerms
    )
    {
        var db = unit.Db;
        var account = await unit.LockAccountAsync(accountSid);
        if (account is null)
            return AccountRefusals.SessionRequired;
        if (AccountGate.Check(account) is { } no)
            return no;
        if (catalogue.Find(planId) is not { } plan)
            return PlanRefusals.PlanUnknown;
        if (Terms.Take(unit, account, acceptTerms) is { } unaccepted)
            return unaccepted;
        await EndExpiredAsync(unit, accountSid);
        if (await db.Purchases.AnyAsync(p => p.AccountSid == accountSid && p.State == PurchaseState.Active))
            return PlanRefusals.PlanAlreadyActive;
        if (CreditGate.Check(account.Balance, plan.Price) is { } missing)
            return missing;
        var purchase = NewPurchase(unit, account, plan);
        if (await Ledger.ChargeAsync(unit, accountSid, plan.Price, TransferKind.PlanPurchase, purchase.Sid) is { } poor)
            return poor;
        db.Purchases.Add(purchase);
        await db.SaveChangesAsync();
        await FulfilAsync(unit, purchase);
        VmAnswer? vm = null;
        if (startNow)
        {
            var started = await allocate.InUnitAsync(unit, accountSid, sshPublicKey);
            if (started.IsRefused)
                return started.Refusal;
            vm = started.Value;
        }
        Note(unit, purchase, vm);
        return new BuyAnswer(
            purchase.Sid,
            plan.Id,
            Money.Cents(plan.Price),
            plan.VmCount,
            vm is null ? 0 : 1,
            purchase.PeriodEnd,
            Money.Cents(account.Balance - plan.Price),
            vm
        );
    }

    private static void Note(Unit unit, Purchase purchase, VmAnswer? vm) =>
        unit.Note(
            purchase.AccountSid,
            new
            {
                purchase = purchase.Sid,
                plan = purchase.PlanId,
                price_cents = Money.Cents(purchase.Price),
                allocation = vm?.Sid,
            }
        );

    private static Purchase NewPurchase(Unit unit, Account account, PlanConfig plan) =>
        new()
        {
            Sid = unit.NewSid(),
            AccountSid = account.Sid,
            PlanId = plan.Id,
            Price = plan.Price,
            VmCount = plan.VmCount,
            State = PurchaseState.Active,
            StartedAt = unit.Now,
            PeriodEnd = unit.Now + PlanConfig.Period,
            ExpiresAt = unit.Now + PlanConfig.Period + unit.Options<PlanOptions>().ExpiryGrace,
            Paid = plan.Price,
            TermsVersion = account.TermsVersion,
            TermsAcceptedAt = account.TermsAcceptedAt,
        };

    /// <summary>
    /// Ends the pending purchase intents of the account, also refused ones: the purchase fulfils them.
    /// </summary>
    private static Task<int> FulfilAsync(Unit unit, Purchase purchase)
    {
        DateTimeOffset? now = unit.Now;
        return unit
            .Db.PurchaseIntents.Where(i =>
                i.AccountSid == purchase.AccountSid
                && (i.State == PurchaseIntentState.Waiting || i.State == PurchaseIntentState.Refused)
            )
            .ExecuteUpdateAsync(set =>
                set.SetProperty(i => i.State, PurchaseIntentState.Done)
                    .SetProperty(i => i.PurchaseSid, purchase.Sid)
                    .SetProperty(i => i.DecidedAt, now)
            );
    }

    /// <summary>Ends an expired plan in the commit of the new purchase.</summary>
    private static Task<int> EndExpiredAsync(Unit unit, string accountSid)
    {
        DateTimeOffset? now = unit.Now;
        return unit
            .Db.Purchases.Where(p =>
                p.AccountSid == accountSid && p.State == PurchaseState.Active && p.PeriodEnd < unit.Now
            )
            .ExecuteUpdateAsync(set =>
                set.SetProperty(p => p.State, PurchaseState.Ended)
                    .SetProperty(p => p.EndedAt, now)
                    .SetProperty(p => p.EndReason, "expired")
            );
    }
}

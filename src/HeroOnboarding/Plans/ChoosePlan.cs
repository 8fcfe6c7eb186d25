using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>A chosen plan, and what is missing before it is bought.</summary>
/// <param name="MissingCents">US cents to add, rounded up to whole cents.</param>
/// <param name="Next"><c>verify</c>, <c>pay</c>, or <c>start</c> when nothing is missing.</param>
public sealed record ChosenAnswer(
    string Sid,
    string PlanId,
    long PriceCents,
    long MissingCents,
    string Next,
    DateTimeOffset ExpiresAt
);

/// <summary>
/// Stores which plan a customer chose before the verification or the payment. Another choice replaces it; an account
/// has at most one.
/// </summary>
public sealed class ChoosePlan(UnitOfWorkRunner writer, Catalogue catalogue)
{
    /// <summary>
    /// How long a choice is bought automatically: long enough for a bank transfer, short enough for the customer
    /// to remember it.
    /// </summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>
    /// Checks in this order: suspended, plan known, not already active, terms, SSH key. Verification and credit are not
    /// checked: the choice waits for them.
    /// </summary>
    public Task<Outcome<Answered<ChosenAnswer>>> RunAsync(
        Actor actor,
        string accountSid,
        string? planId,
        string? sshPublicKey,
        bool acceptTerms,
        IdempotencyKey? key = null,
        CancellationToken cancel = default
    ) =>
        writer.RunOnceAsync<ChosenAnswer>(
            "plan.choose",
            actor,
            key,
            unit => InUnitAsync(unit, accountSid, planId, sshPublicKey, acceptTerms),
            cancel
        );

    /// <summary>Withdraws the choice. Does nothing without one.</summary>
    public Task<Outcome<bool>> WithdrawAsync(Actor actor, string accountSid, CancellationToken cancel = default) =>
        writer.RunAsync<bool>(
            "plan.withdraw",
            actor,
            async unit =>
            {
                await unit.LockAccountAsync(accountSid);
                DateTimeOffset? now = unit.Now;
                var ended = await unit
                    .Db.PurchaseIntents.Where(i =>
                        i.AccountSid == accountSid
                        && (i.State == PurchaseIntentState.Waiting || i.State == PurchaseIntentState.Refused)
                    )
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(i => i.State, PurchaseIntentState.Withdrawn).SetProperty(i => i.DecidedAt, now)
                    );
                unit.Note(accountSid, new { ended });
                return true;
            },
            cancel
        );

    private async Task<Outcome<ChosenAnswer>> InUnitAsync(
        Unit unit,
        string accountSid,
        string? planId,
        string? sshPublicKey,
        bool acceptTerms
    )
    {
        var account = await unit.LockAccountAsync(accountSid);
        if (account is null)
            return AccountRefusals.SessionRequired;
        if (account.SuspendedAt is not null)
            return AccountRefusals.AccountSuspended;
        if (catalogue.Find(planId) is not { } plan)
            return PlanRefusals.PlanUnknown;
        if (
            await unit.Db.Purchases.AnyAsync(p =>
                p.AccountSid == accountSid && p.State == PurchaseState.Active && p.PeriodEnd >= unit.Now
            )
        )
            return PlanRefusals.PlanAlreadyActive;
        if (Terms.Take(unit, account, acceptTerms) is { } no)
            return no;
        if (!SshPublicKey.TryRead(sshPublicKey, out var sshKey))
            return VmRefusals.SshKeyInvalid;
        await WithdrawEarlierAsync(unit, accountSid);
        var intent = NewIntent(unit, account, plan, sshKey);
        unit.Db.PurchaseIntents.Add(intent);
        unit.Note(
            accountSid,
            new
            {
                intent = intent.Sid,
                plan = plan.Id,
                price_cents = Money.Cents(plan.Price),
            }
        );
        var missing = Math.Max(0, plan.Price - account.Balance);
        return new ChosenAnswer(
            intent.Sid,
            plan.Id,
            Money.Cents(plan.Price),
            Money.CentsUp(missing),
            account.KycStatus != KycStatus.Completed ? "verify"
                : missing > 0 ? "pay"
                : "start",
            intent.ExpiresAt
        );
    }

    /// <summary>An account has at most one chosen plan.</summary>
    private static async Task WithdrawEarlierAsync(Unit unit, string accountSid)
    {
        DateTimeOffset? now = unit.Now;
        await unit
            .Db.PurchaseIntents.Where(i =>
                i.AccountSid == accountSid
                && (i.State == PurchaseIntentState.Waiting || i.State == PurchaseIntentState.Refused)
            )
            .ExecuteUpdateAsync(set =>
                set.SetProperty(i => i.State, PurchaseIntentState.Withdrawn).SetProperty(i => i.DecidedAt, now)
            );
    }

    private static PurchaseIntent NewIntent(Unit unit, Account account, PlanConfig plan, string? sshKey) =>
        new()
        {
            Sid = unit.NewSid(),
            AccountSid = account.Sid,
            PlanId = plan.Id,
            Price = plan.Price,
            SshPublicKey = sshKey,
            State = PurchaseIntentState.Waiting,
            TermsVersion = account.TermsVersion,
            CreatedAt = unit.Now,
            ExpiresAt = unit.Now + Life,
        };
}

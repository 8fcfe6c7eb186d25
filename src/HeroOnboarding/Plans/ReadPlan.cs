using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>The cost of a larger plan at this instant.</summary>
/// <param name="Rest">Micro-dollars of the active plan that would be credited.</param>
public sealed record UpgradeOffer(PlanConfig Plan, long Rest, DateTimeOffset At)
{
    /// <summary>Price minus rest, in micro-dollars.</summary>
    public long Charge => Plan.Price - Rest;
}

/// <summary>A customer's plan and the actions that are possible at this instant.</summary>
/// <param name="Plan">The active purchase, or the last one that expired without a successor; null when
/// there is none.</param>
public sealed record PlanView(
    Account Account,
    Purchase? Plan,
    bool CanRenew,
    bool CanCancel,
    IReadOnlyList<UpgradeOffer> Upgrades,
    DateTimeOffset Now
)
{
    public bool IsOver => Plan is not null && Instants.Expired(Plan.PeriodEnd, Now);

    /// <summary>The answer for a program; the amounts of an offer are valid for 15 minutes.</summary>
    public PlanAnswer ToAnswer() =>
        new(
            Plan!.Sid,
            Plan.PlanId,
            Money.Cents(Plan.Price),
            Plan.VmCount,
            Plan.Used,
            Plan.PeriodEnd,
            Instants.ToMicros(Plan.PeriodEnd),
            Plan.Expiry,
            Plan.Renewals,
            Plan.AutoRenew,
            Plan.RenewRefusedCode,
            CanRenew,
            CanCancel,
            [
                .. Upgrades.Select(o => new PlanAnswer.Upgrade(
                    o.Plan.Id,
                    Money.Cents(o.Plan.Price),
                    o.Plan.VmCount,
                    o.Rest,
                    o.Charge,
                    Instants.ToMicros(o.At),
                    o.At + PlanConfig.Period
                )),
            ]
        );
}

/// <summary>A plan.</summary>
/// <param name="PeriodEnd">The end in Unix microseconds, for <c>/plan/renew</c>.</param>
public sealed record PlanAnswer(
    string Sid,
    string PlanId,
    long PriceCents,
    int VmQuotaTotal,
    int VmQuotaUsed,
    DateTimeOffset VmQuotaPeriodEnd,
    long PeriodEnd,
    DateTimeOffset ExpiresAt,
    int Renewals,
    bool AutoRenew,
    string? RenewRefusedCode,
    bool CanRenew,
    bool CanCancel,
    IReadOnlyList<PlanAnswer.Upgrade> Upgrades
)
{
    /// <param name="AsOf">Unix microseconds; when it is sent back with <c>charge_micros</c>, exactly these
    /// amounts are used.</param>
    public sealed record Upgrade(
        string PlanId,
        long PriceCents,
        int VmQuotaTotal,
        long RestMicros,
        long ChargeMicros,
        long AsOf,
        DateTimeOffset VmQuotaPeriodEnd
    );
}

/// <summary>Reads a customer's plan for the page and for the JSON answer.</summary>
public sealed class ReadPlan(Database database, Catalogue catalogue, TimeProvider clock)
{
    public async Task<PlanView> RunAsync(string accountSid, CancellationToken cancel = default)
    {
        var now = clock.Now();
        await using var db = database.Read();
        var account = await db.Accounts.SingleAsync(a => a.Sid == accountSid, cancel);
        var plan = await db.Purchases.SingleOrDefaultAsync(
            p => p.AccountSid == accountSid && p.State == PurchaseState.Active,
            cancel
        );
        if (plan is null)
            return new(account, null, false, false, [], now);
        // Actions that would be refused are not offered.
        var may = AccountGate.Check(account) is null;
        var upgrades =
            !may || Instants.Expired(plan.PeriodEnd, now)
                ? []
                : catalogue
                    .Plans.Where(p => p.VmCount > plan.VmCount)
                    .Select(p => new UpgradeOffer(p, UpgradePlan.Rest(plan.Price, plan.PeriodEnd, now), now));
        return new(
            account,
            plan,
            may && RenewPlan.IsPossible(plan, now),
            await CancelPlan.IsPossibleAsync(database, plan),
            [.. upgrades],
            now
        );
    }
}

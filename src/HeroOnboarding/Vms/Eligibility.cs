using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;

namespace HeroOnboarding.Vms;

/// <summary>What is known of a customer inside the unit that decides, read and locked there.</summary>
/// <param name="RecentHandOuts">Hand-outs under the purchase in the last 24 hours, oldest first among those that count
/// against the limit.</param>
public sealed record EligibilityInput(
    Account Account,
    Purchase? Purchase,
    int RecentHandOuts,
    DateTimeOffset? OldestRecent,
    int HandoutsPerSlot,
    bool ProvisionerRegistered
)
{
    /// <summary>
    /// The plan under which machines can be taken at this instant; a purchase whose time is over is none, also before
    /// something ends it.
    /// </summary>
    public Purchase? ActivePlan(DateTimeOffset now) =>
        Purchase is { State: PurchaseState.Active } purchase && !Instants.Expired(purchase.PeriodEnd, now)
            ? purchase
            : null;
}

/// <summary>May this customer have a machine now? Pure; the order of the gates is part of the contract.</summary>
public static class Eligibility
{
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <returns>The first gate that says no, or null.</returns>
    public static Refusal? Check(EligibilityInput standing, DateTimeOffset now)
    {
        if (AccountGate.Check(standing.Account) is { } no)
            return no;
        if (standing.ActivePlan(now) is not { } purchase)
            return PlanRefusals.PlanRequired;
        if (purchase.Used >= purchase.VmCount)
            return VmRefusals.QuotaExhausted;
        if (standing.RecentHandOuts >= purchase.VmCount * standing.HandoutsPerSlot)
        {
            var next = (standing.OldestRecent ?? now) + Window;
            return VmRefusals.AllocateTooOften with { RetryAfter = next - now, Figures = new(At: next) };
        }
        return standing.ProvisionerRegistered ? null : VmRefusals.ProvisionerUnavailable;
    }
}

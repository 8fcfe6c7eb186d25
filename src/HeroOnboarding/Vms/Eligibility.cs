using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;

namespace HeroOnboarding.Vms;

/// <summary>The rows by which eligibility is decided; read and locked inside the deciding unit.</summary>
/// <param name="RecentHandOuts">Hand-outs under the purchase in the last 24 hours.</param>
/// <param name="OldestRecent">The hand-out that must age out before the next one, when the limit is reached.</param>
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
    /// The plan under which machines can be leased at this instant. An expired purchase does not count, even before a
    /// job ends it.
    /// </summary>
    public Purchase? ActivePlan(DateTimeOffset now) =>
        Purchase is { State: PurchaseState.Active } purchase && !Instants.Expired(purchase.PeriodEnd, now)
            ? purchase
            : null;
}

/// <summary>
/// Decides whether a customer may start a machine. Pure; the order of the gates is part of the contract.
/// </summary>
public static class Eligibility
{
    public static readonly TimeSpan Window = TimeSpan.FromHours(24);

    /// <returns>The first gate that refuses; null when none does.</returns>
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

using HeroOnboarding.Web;

namespace HeroOnboarding.Credit;

/// <summary>The text for a transfer on statements, receipts and operators' pages.</summary>
public static class TransferWords
{
    /// <param name="machines">The machines of the purchase; null where it is not known.</param>
    public static string Of(TransferKind kind, int? machines = null) =>
        kind switch
        {
            TransferKind.OperatorCredit => "Credit added by the operator",
            TransferKind.OperatorDebit => "Credit taken by the operator",
            TransferKind.PlanPurchase => OfPlan("Plan bought", machines, ", 30 days"),
            TransferKind.PlanRenewal => OfPlan("Plan renewed", machines, ", 30 days"),
            TransferKind.PlanRest => OfPlan("Unused rest of the plan before", machines, ""),
            TransferKind.PlanCancelled => OfPlan("Plan cancelled", machines, ", full price back"),
            TransferKind.TopUp => "Credit added",
            TransferKind.SuspenseIn => "Payment put into suspense",
            TransferKind.SuspenseAssigned => "Payment assigned by the operator",
            TransferKind.SuspenseRefunded => "Payment returned by the provider",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A kind of transfer without words."),
        };

    private static string OfPlan(string what, int? machines, string more) =>
        machines is { } count ? $"{what}: {Show.Count(count, "machine")}{more}" : what;
}

namespace HeroOnboarding.Credit;

/// <summary>Why money moved.</summary>
public enum TransferKind
{
    OperatorCredit,
    OperatorDebit,
    PlanPurchase,

    /// <summary>
    /// Another 30 days; the reference is the purchase and the end that it extends, so that no period is renewed twice.
    /// </summary>
    PlanRenewal,

    /// <summary>What was unused of a plan that was upgraded, given back.</summary>
    PlanRest,

    /// <summary>The full price of a plan under which no machine ever started, given back.</summary>
    PlanCancelled,

    /// <summary>Money paid through a provider; the reference is provider and checkout.</summary>
    TopUp,

    /// <summary>Money a provider spoke of that fits no intent, kept aside.</summary>
    SuspenseIn,

    /// <summary>Kept-aside money that an operator gave to a customer.</summary>
    SuspenseAssigned,

    /// <summary>Kept-aside money that went back through the provider.</summary>
    SuspenseRefunded,
}

/// <summary>
/// One immutable movement of money between two ledger accounts; the ledger is its transfers, so it is double entry by
/// construction.
/// UPDATE and DELETE are refused by triggers on both databases.
/// </summary>
public sealed class Transfer
{
    public required string Sid { get; set; }

    /// <summary>
    /// Ledger account that the money leaves: <c>customer:&lt;sid&gt;</c>, the name of a payment provider,
    /// <c>revenue</c>, <c>adjustment</c>, <c>suspense</c>.
    /// </summary>
    public required string Debit { get; set; }
    public required string Credit { get; set; }

    /// <summary>Micro-dollars, always positive.</summary>
    public long Amount { get; set; }
    public TransferKind Kind { get; set; }

    /// <summary>Unique per kind: one external event is booked once.</summary>
    public required string Reference { get; set; }
    public string? Reason { get; set; }
    public required string Actor { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
}

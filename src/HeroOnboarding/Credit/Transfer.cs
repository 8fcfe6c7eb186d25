namespace HeroOnboarding.Credit;

/// <summary>The kinds of transfers.</summary>
public enum TransferKind
{
    OperatorCredit,
    OperatorDebit,
    PlanPurchase,

    /// <summary>
    /// A renewal for 30 days. The reference is the purchase and the end that it extends, so that no period
    /// is renewed twice.
    /// </summary>
    PlanRenewal,

    /// <summary>The unused rest of an upgraded plan, credited.</summary>
    PlanRest,

    /// <summary>The full price of a plan under which no machine was ever started, credited.</summary>
    PlanCancelled,

    /// <summary>A payment through a provider; the reference is provider and checkout.</summary>
    TopUp,

    /// <summary>A provider's payment that matches no intent, put into suspense.</summary>
    SuspenseIn,

    /// <summary>A payment in suspense that an operator assigned to a customer.</summary>
    SuspenseAssigned,

    /// <summary>A payment in suspense that was refunded at the provider.</summary>
    SuspenseRefunded,
}

/// <summary>
/// One immutable movement of money between two ledger accounts, which makes the ledger double entry. Triggers on both
/// databases refuse UPDATE and DELETE.
/// </summary>
public sealed class Transfer
{
    public required string Sid { get; set; }

    /// <summary>
    /// The debited ledger account: <c>customer:&lt;sid&gt;</c>, the name of a payment provider,
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

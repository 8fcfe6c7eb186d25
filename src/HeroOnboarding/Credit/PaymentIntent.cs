namespace HeroOnboarding.Credit;

/// <summary>
/// The state of a top-up. Transitions: open → checking → credited; open or checking → not paid; from any state to
/// credited, since a payment that arrived is always credited.
/// </summary>
public enum PaymentState
{
    Open,
    Checking,
    Credited,
    NotPaid,
}

/// <summary>
/// A top-up that was started; committed before the provider is called. Its sid is the provider's idempotency key and
/// the reference of the checkout.
/// </summary>
public sealed class PaymentIntent
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }

    /// <summary>The <see cref="IPayments.Name"/> of the provider.</summary>
    public required string Provider { get; set; }

    /// <summary>The credit in micro-dollars: whole cents.</summary>
    public long Amount { get; set; }

    /// <summary>ISO 4217, lower case.</summary>
    public required string Currency { get; set; }

    /// <summary>True when the provider's keys of that time moved real money.</summary>
    public bool Live { get; set; }
    public PaymentState State { get; set; }

    /// <summary>The provider's id of the checkout (<c>cs_…</c>); null until the provider answered.</summary>
    public string? CheckoutId { get; set; }

    /// <summary>The provider's page; null when it can no longer be used.</summary>
    public string? Url { get; set; }

    /// <summary>The provider's id of the payment (<c>pi_…</c>), for refunds and disputes.</summary>
    public string? PaymentId { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the provider closes the checkout.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>
    /// When the customer returned from the provider's page after paying. Only the provider's event or answer
    /// settles the payment.
    /// </summary>
    public DateTimeOffset? ReturnedAt { get; set; }
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>Why it was not paid: <c>expired</c>, <c>failed</c>, <c>cancelled</c>.</summary>
    public string? Reason { get; set; }
}

/// <summary>An event of a provider, stored once. Repetitions are detected by it, and operators read it.</summary>
public sealed class PaymentEvent
{
    public required string Sid { get; set; }
    public required string Provider { get; set; }

    /// <summary>The provider's id of the event (<c>evt_…</c>); unique per provider.</summary>
    public required string ExternalId { get; set; }
    public required string Type { get; set; }
    public string? CheckoutId { get; set; }
    public string? IntentSid { get; set; }

    /// <summary>
    /// The result: <c>credited</c>, <c>repeated</c>, <c>checking</c>, <c>not_paid</c>, <c>suspense</c>, <c>ignored</c>.
    /// </summary>
    public required string Outcome { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }
}

/// <summary>The states of a payment in suspense.</summary>
public enum SuspenseState
{
    Open,
    Assigned,
    Refunded,
}

/// <summary>
/// A verified payment that does not match its intent. No customer is credited automatically: an operator assigns it to
/// a customer, or records that it was refunded at the provider.
/// </summary>
public sealed class SuspenseItem
{
    public required string Sid { get; set; }
    public required string Provider { get; set; }
    public required string EventId { get; set; }

    /// <summary>Unique per provider: one checkout is in suspense at most once.</summary>
    public required string CheckoutId { get; set; }
    public string? PaymentId { get; set; }

    /// <summary>The intent that the payment names; null for none.</summary>
    public string? IntentSid { get; set; }

    /// <summary>In the currency's smallest unit, as the provider reported it.</summary>
    public long AmountMinor { get; set; }
    public required string Currency { get; set; }
    public bool Live { get; set; }

    /// <summary>
    /// Micro-dollars booked from the provider to <c>suspense</c>; 0 for another currency or another mode.
    /// </summary>
    public long Booked { get; set; }

    /// <summary>What did not match, as a sentence.</summary>
    public required string Why { get; set; }
    public SuspenseState State { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? ResolvedAt { get; set; }
    public string? ResolvedBy { get; set; }
    public string? ResolvedNote { get; set; }

    /// <summary>The customer who was credited; null if it was not assigned.</summary>
    public string? AccountSid { get; set; }
}

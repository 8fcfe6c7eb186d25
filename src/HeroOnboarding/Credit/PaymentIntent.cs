namespace HeroOnboarding.Credit;

/// <summary>
/// How far a top-up is. Forward only: open → checking → credited; open or checking → not paid; and from anywhere to
/// credited, since money that
/// arrived is never turned away.
/// </summary>
public enum PaymentState
{
    Open,
    Checking,
    Credited,
    NotPaid,
}

/// <summary>
/// A customer's wish to add credit, written before anybody else hears of it. Its sid is the provider's idempotency key
/// and our reference there.
/// </summary>
public sealed class PaymentIntent
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }

    /// <summary><see cref="IPayments.Name"/>.</summary>
    public required string Provider { get; set; }

    /// <summary>Credit that it buys, in micro-dollars: whole cents.</summary>
    public long Amount { get; set; }

    /// <summary>ISO 4217, lower case.</summary>
    public required string Currency { get; set; }

    /// <summary>The provider's keys moved real money when it was made.</summary>
    public bool Live { get; set; }
    public PaymentState State { get; set; }

    /// <summary>The provider's id of the checkout (<c>cs_…</c>); null until it answered.</summary>
    public string? CheckoutId { get; set; }

    /// <summary>The hosted page, while it can be used.</summary>
    public string? Url { get; set; }

    /// <summary>The provider's id of the payment (<c>pi_…</c>), for refunds and disputes.</summary>
    public string? PaymentId { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When the checkout closes by itself.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>
    /// The person came back from the provider's page saying it is paid; only the provider's word counts.
    /// </summary>
    public DateTimeOffset? ReturnedAt { get; set; }
    public DateTimeOffset? SettledAt { get; set; }

    /// <summary>Why it was not paid: <c>expired</c>, <c>failed</c>, <c>cancelled</c>.</summary>
    public string? Reason { get; set; }
}

/// <summary>
/// What a provider told us, once per its event; the memory against repetitions, and what operators look at.
/// </summary>
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
    /// What came of it: <c>credited</c>, <c>repeated</c>, <c>checking</c>, <c>not_paid</c>, <c>suspense</c>,
    /// <c>ignored</c>.
    /// </summary>
    public required string Outcome { get; set; }
    public DateTimeOffset ReceivedAt { get; set; }
}

/// <summary>Where a payment that fits no intent of ours stands.</summary>
public enum SuspenseState
{
    Open,
    Assigned,
    Refunded,
}

/// <summary>
/// A signed word of a provider about money that does not match what we asked for. Nobody is credited by itself; an
/// operator assigns it to a customer or says
/// that it was refunded at the provider.
/// </summary>
public sealed class SuspenseItem
{
    public required string Sid { get; set; }
    public required string Provider { get; set; }
    public required string EventId { get; set; }

    /// <summary>Unique per provider: one checkout is in the queue once.</summary>
    public required string CheckoutId { get; set; }
    public string? PaymentId { get; set; }

    /// <summary>The intent it claims to be about, where there is one.</summary>
    public string? IntentSid { get; set; }

    /// <summary>In the currency's smallest unit, as the provider said.</summary>
    public long AmountMinor { get; set; }
    public required string Currency { get; set; }
    public bool Live { get; set; }

    /// <summary>
    /// Micro-dollars booked from the provider to <c>suspense</c>; 0 where it is no US dollars of our mode.
    /// </summary>
    public long Booked { get; set; }

    /// <summary>What did not match, in words.</summary>
    public required string Why { get; set; }
    public SuspenseState State { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? ResolvedAt { get; set; }
    public string? ResolvedBy { get; set; }
    public string? ResolvedNote { get; set; }

    /// <summary>Who was credited, where it was assigned.</summary>
    public string? AccountSid { get; set; }
}

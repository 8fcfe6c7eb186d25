namespace HeroOnboarding.Plans;

/// <summary>The states of a purchase.</summary>
public enum PurchaseState
{
    Active,
    Ended,
}

/// <summary>
/// A plan that an account bought: a number of machines at a time for 30 days, at the price of the purchase.
/// </summary>
public sealed class Purchase
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }
    public required string PlanId { get; set; }

    /// <summary>Micro-dollars paid.</summary>
    public long Price { get; set; }

    /// <summary>The quota: machines that may be held at a time.</summary>
    public int VmCount { get; set; }

    /// <summary>Machines that are held; a release decrements it.</summary>
    public int Used { get; set; }
    public PurchaseState State { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset PeriodEnd { get; set; }

    /// <summary>
    /// The end including the grace that was promised at the purchase or renewal: until then its machines are kept. Null
    /// for no grace.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary><c>expired</c> (another plan was bought), <c>cancelled</c> or <c>upgraded</c>.</summary>
    public string? EndReason { get; set; }

    /// <summary>
    /// Micro-dollars paid in total, renewals included. Null on rows of an earlier release: the price.
    /// </summary>
    public long? Paid { get; set; }
    public int Renewals { get; set; }

    /// <summary>The customer's choice to renew automatically in the last 24 hours while the credit suffices.</summary>
    public bool AutoRenew { get; set; }

    /// <summary>Code of the refusal of an automatic renewal; cleared by a renewal.</summary>
    public string? RenewRefusedCode { get; set; }
    public DateTimeOffset? RenewRefusedAt { get; set; }

    /// <summary>
    /// When the notice of 7 days before this end was offered on the customer's pages; the others likewise. A
    /// renewal resets them.
    /// </summary>
    public DateTimeOffset? Noticed7At { get; set; }
    public DateTimeOffset? Noticed3At { get; set; }
    public DateTimeOffset? Noticed1At { get; set; }

    /// <summary>The last notice (7, 3 or 1) that a page showed, and when.</summary>
    public int? ShownDays { get; set; }
    public DateTimeOffset? ShownAt { get; set; }

    /// <summary>The version of the terms that applied to the purchase; null where there were none.</summary>
    public string? TermsVersion { get; set; }

    /// <summary>
    /// When the customer accepted that version; null without terms, and on rows of an earlier release.
    /// </summary>
    public DateTimeOffset? TermsAcceptedAt { get; set; }

    /// <summary>Until then its machines are kept. Every lease under it gets this as <c>expires_at</c>.</summary>
    public DateTimeOffset Expiry => ExpiresAt ?? PeriodEnd;
}

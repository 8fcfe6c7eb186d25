namespace HeroOnboarding.Plans;

public enum PurchaseState
{
    Active,
    Ended,
}

/// <summary>
/// A plan that an account bought: so many machines at once for 30 days, at the price frozen at purchase.
/// </summary>
public sealed class Purchase
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }
    public required string PlanId { get; set; }

    /// <summary>Micro-dollars paid.</summary>
    public long Price { get; set; }

    /// <summary>Quota: machines that may be held at once.</summary>
    public int VmCount { get; set; }

    /// <summary>Machines held now; a release gives the unit back.</summary>
    public int Used { get; set; }
    public PurchaseState State { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset PeriodEnd { get; set; }

    /// <summary>
    /// The end with the grace that was promised when it was bought or renewed: until then its machines are kept. Null
    /// where there is none.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary><c>expired</c> (something else was bought), <c>cancelled</c> or <c>upgraded</c>.</summary>
    public string? EndReason { get; set; }

    /// <summary>
    /// Micro-dollars taken for it in all, renewals included; null on rows older than this column: the price.
    /// </summary>
    public long? Paid { get; set; }
    public int Renewals { get; set; }

    /// <summary>The customer's choice: renew by itself in the last 24 hours while the credit suffices.</summary>
    public bool AutoRenew { get; set; }

    /// <summary>Why it could not renew by itself; cleared by a renewal.</summary>
    public string? RenewRefusedCode { get; set; }
    public DateTimeOffset? RenewRefusedAt { get; set; }

    /// <summary>
    /// When the notice of 7 days before this end was offered, on every page of the customer; the others likewise. A
    /// renewal begins anew.
    /// </summary>
    public DateTimeOffset? Noticed7At { get; set; }
    public DateTimeOffset? Noticed3At { get; set; }
    public DateTimeOffset? Noticed1At { get; set; }

    /// <summary>The last notice (7, 3 or 1) that really stood on a page of theirs, and when.</summary>
    public int? ShownDays { get; set; }
    public DateTimeOffset? ShownAt { get; set; }

    /// <summary>The version of the terms that applied to the purchase; null where there were none.</summary>
    public string? TermsVersion { get; set; }

    /// <summary>
    /// When the customer accepted that version; null where there were none, and on rows older than this column.
    /// </summary>
    public DateTimeOffset? TermsAcceptedAt { get; set; }

    /// <summary>Until then its machines are kept; every hand-out under it gets this as <c>expires_at</c>.</summary>
    public DateTimeOffset Expiry => ExpiresAt ?? PeriodEnd;
}

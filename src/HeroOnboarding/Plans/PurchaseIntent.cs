namespace HeroOnboarding.Plans;

/// <summary>The states of a chosen plan.</summary>
public enum PurchaseIntentState
{
    Waiting,
    Done,
    Refused,
    Withdrawn,
}

/// <summary>
/// A plan that a customer chose before the credit was there. When it arrives, the purchase and its first machine
/// complete automatically, once. A refusal (an empty pool, a changed price) charges nothing, and the customer
/// has to act.
/// </summary>
public sealed class PurchaseIntent
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }
    public required string PlanId { get; set; }

    /// <summary>Micro-dollars, as shown when it was chosen; at another price nothing is bought automatically.</summary>
    public long Price { get; set; }
    public string? SshPublicKey { get; set; }
    public PurchaseIntentState State { get; set; }

    /// <summary>Code of the refusal; null for none.</summary>
    public string? RefusedCode { get; set; }
    public string? PurchaseSid { get; set; }

    /// <summary>The version of the terms that was accepted with it.</summary>
    public string? TermsVersion { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>After this instant nothing is bought automatically.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
}

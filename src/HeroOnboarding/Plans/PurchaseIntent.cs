namespace HeroOnboarding.Plans;

/// <summary>What became of a wish to buy.</summary>
public enum PurchaseIntentState
{
    Waiting,
    Done,
    Refused,
    Withdrawn,
}

/// <summary>
/// A plan that somebody chose before the money was there. When it arrives, the purchase and its first machine complete
/// by themselves, once; one that was refused
/// then (an empty pool, a changed price) charged nothing and waits for the person.
/// </summary>
public sealed class PurchaseIntent
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }
    public required string PlanId { get; set; }

    /// <summary>Micro-dollars, as shown when it was chosen; at another price nothing is bought by itself.</summary>
    public long Price { get; set; }
    public string? SshPublicKey { get; set; }
    public PurchaseIntentState State { get; set; }

    /// <summary>Code of the refusal, where there was one.</summary>
    public string? RefusedCode { get; set; }
    public string? PurchaseSid { get; set; }

    /// <summary>Version of the terms that was accepted with it.</summary>
    public string? TermsVersion { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>After this nothing is bought by itself.</summary>
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
}

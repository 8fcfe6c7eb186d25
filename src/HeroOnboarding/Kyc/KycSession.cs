using HeroOnboarding.Accounts;

namespace HeroOnboarding.Kyc;

/// <summary>
/// One attempt to verify a customer with a provider. It stores the result and the provider's reference, never documents
/// or the provider's raw bodies.
/// </summary>
public sealed class KycSession
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }

    /// <summary><see cref="IVerifier.Name"/>.</summary>
    public required string Provider { get; set; }

    /// <summary>
    /// The provider's id of the customer: the account's sid, with a suffix only after <c>/kyc/reset</c>.
    /// </summary>
    public required string ClientId { get; set; }

    /// <summary>
    /// The provider's reference of this attempt; a callback changes only the session that has it. Null until the
    /// provider has answered.
    /// </summary>
    public string? ScanRef { get; set; }

    /// <summary>
    /// The provider's page for the customer. Null until the provider has answered, after a verdict and after the end.
    /// </summary>
    public string? Url { get; set; }

    /// <summary>
    /// <see cref="KycStatus.Pending"/> until the provider has answered. A suspected session is in progress, or expired
    /// if the account has another live session.
    /// </summary>
    public KycStatus State { get; set; }

    /// <summary>The provider suspects the identity; an operator must decide.</summary>
    public bool NeedsReview { get; set; }

    /// <summary>
    /// The provider's status, such as <c>APPROVED</c> or <c>SUSPECTED</c>; its characters and length are validated.
    /// </summary>
    public string? Verdict { get; set; }

    /// <summary>Codes of reasons and tags, comma separated; no personal data.</summary>
    public string? Reasons { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>
    /// When the unused link expires. While <see cref="KycStatus.Pending"/>: until this time one request is calling the
    /// provider, and no other request may; null while no request is.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>
    /// When the newest final verdict was reached according to the provider, or when an operator decided. Older verdicts
    /// that arrive later change nothing.
    /// </summary>
    public DateTimeOffset? VerdictAt { get; set; }

    /// <summary>
    /// The provider gave no time: <see cref="VerdictAt"/> is the time of arrival, which may be later than the decision.
    /// </summary>
    public bool VerdictUntimed { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>The session has not ended. An account has at most one live session.</summary>
    public bool IsLive => State is KycStatus.Pending or KycStatus.InProgress;
}

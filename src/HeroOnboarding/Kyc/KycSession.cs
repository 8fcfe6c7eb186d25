using HeroOnboarding.Accounts;

namespace HeroOnboarding.Kyc;

/// <summary>
/// One attempt of a person to be verified by a provider. We keep the result and its reference, never documents or the
/// provider's raw bodies.
/// </summary>
public sealed class KycSession
{
    public required string Sid { get; set; }
    public required string AccountSid { get; set; }

    /// <summary><see cref="IVerifier.Name"/>.</summary>
    public required string Provider { get; set; }

    /// <summary>
    /// What the provider calls the person: the account's sid, with a suffix only after <c>/kyc/reset</c>.
    /// </summary>
    public required string ClientId { get; set; }

    /// <summary>
    /// The provider's reference of this attempt; a callback moves only the session that has it. Null until the provider
    /// answered.
    /// </summary>
    public string? ScanRef { get; set; }

    /// <summary>Where the person goes on. Null until the provider answered and after the end.</summary>
    public string? Url { get; set; }

    /// <summary><see cref="KycStatus.Pending"/> until the provider answered; suspected ones stay in progress.</summary>
    public KycStatus State { get; set; }

    /// <summary>The provider has spoken but a person has to decide.</summary>
    public bool NeedsReview { get; set; }

    /// <summary>The provider's word, such as <c>APPROVED</c> or <c>SUSPECTED</c>, cut and cleaned.</summary>
    public string? Verdict { get; set; }

    /// <summary>Codes of reasons and tags, comma separated; no personal data.</summary>
    public string? Reasons { get; set; }
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>
    /// When the unused link ends. While <see cref="KycStatus.Pending"/>: until then a request of the person is asking
    /// the provider, and no other asks beside it.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>
    /// When the provider says that the newest final verdict was reached, or when an operator decided; older ones
    /// arriving later change nothing.
    /// </summary>
    public DateTimeOffset? VerdictAt { get; set; }

    /// <summary>
    /// The provider gave no time: <see cref="VerdictAt"/> is when the verdict arrived, and it may have been reached
    /// earlier.
    /// </summary>
    public bool VerdictUntimed { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }

    /// <summary>Not ended yet; an account has at most one of these.</summary>
    public bool IsLive => State is KycStatus.Pending or KycStatus.InProgress;
}

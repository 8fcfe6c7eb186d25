namespace HeroOnboarding.Kyc;

/// <summary>A provider's message about an attempt, in the portal's terms.</summary>
public enum VerdictKind
{
    /// <summary>The customer has finished and the decision is pending.</summary>
    Progress,

    /// <summary>Passed.</summary>
    Approved,

    /// <summary>
    /// Passed with doubts (a known face, an entry on a watch list, unexpected data): an operator decides.
    /// </summary>
    Suspected,

    /// <summary>Did not pass.</summary>
    Denied,

    /// <summary>Expired, cancelled or deleted without a decision.</summary>
    Ended,
}

/// <summary>One message of a provider about one attempt, without personal data.</summary>
/// <param name="ScanRef">The provider's reference of the attempt.</param>
/// <param name="ClientId">The provider's id of the customer; must equal the one of the session.</param>
/// <param name="SessionSid">The sid of the session, if the provider returns it.</param>
/// <param name="Word">The provider's status; its characters and length are validated.</param>
/// <param name="Reasons">Reason codes; their characters and length are validated.</param>
/// <param name="At">When the provider reached the verdict; null if it gives no time.</param>
public sealed record Verdict(
    string Provider,
    string ScanRef,
    string ClientId,
    string? SessionSid,
    VerdictKind Kind,
    string Word,
    IReadOnlyList<string> Reasons,
    DateTimeOffset? At
);

namespace HeroOnboarding.Kyc;

/// <summary>What a provider says about an attempt, in our words.</summary>
public enum VerdictKind
{
    /// <summary>The person is done, a decision follows: nothing is final.</summary>
    Progress,

    /// <summary>Passed.</summary>
    Approved,

    /// <summary>
    /// Passed with doubts (somebody seen before, on a watch list, other data than expected): a person decides.
    /// </summary>
    Suspected,

    /// <summary>Did not pass.</summary>
    Denied,

    /// <summary>Ran out, was turned away from, or was deleted: there never was a decision.</summary>
    Ended,
}

/// <summary>One message of a provider about one attempt, without anything personal.</summary>
/// <param name="ScanRef">The attempt, in the provider's words.</param>
/// <param name="ClientId">What the provider calls the person; must be that of the session.</param>
/// <param name="SessionSid">Our own reference, where the provider gives it back.</param>
/// <param name="Word">The provider's word, clean.</param>
/// <param name="Reasons">Clean codes.</param>
/// <param name="At">When the provider reached it; null where it does not say.</param>
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

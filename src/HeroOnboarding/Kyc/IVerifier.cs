namespace HeroOnboarding.Kyc;

/// <summary>The provider's answer to the request to start a check.</summary>
public abstract record VerificationStart
{
    /// <summary>
    /// The customer continues at <paramref name="Url"/>; callbacks name the attempt by <paramref name="ScanRef"/>.
    /// </summary>
    /// <param name="Url">Null when the provider decides without the customer (made-up results).</param>
    public sealed record Started(string ScanRef, Uri? Url, TimeSpan LinkLife) : VerificationStart;

    /// <summary>
    /// The provider was down, busy or did not answer, so the result is unknown. The next request calls it again for the
    /// same session.
    /// </summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : VerificationStart;

    /// <summary>The provider refused the request (wrong key, invalid request); an operator must correct it.</summary>
    public sealed record Refused(string Reason) : VerificationStart;
}

/// <summary>
/// A provider of identity checks. Its verdicts arrive by its own webhook and are applied by <c>TakeVerdict</c>.
/// </summary>
public interface IVerifier
{
    /// <summary>
    /// Stable lower-case name: the provider in stored rows, and the last segment of the webhook's path.
    /// </summary>
    string Name { get; }

    /// <summary>The provider's name for people.</summary>
    string DisplayName { get; }

    /// <summary>The results are made up, and no identity is checked (development).</summary>
    bool MakesUpResults { get; }

    /// <summary>
    /// True for an address at one of the provider's own origins. A stored link to another origin belongs to a provider
    /// that was set up before; customers are not redirected to it.
    /// </summary>
    bool IsItsPage(Uri page);

    /// <summary>Starts a check. Called outside units, after the session's row is committed.</summary>
    Task<VerificationStart> StartAsync(KycSession session, CancellationToken cancel);
}

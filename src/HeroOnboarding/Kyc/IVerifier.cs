namespace HeroOnboarding.Kyc;

/// <summary>What came of asking a provider to check somebody.</summary>
public abstract record VerificationStart
{
    /// <summary>
    /// The person goes on at <paramref name="Url"/>; <paramref name="ScanRef"/> names the attempt in callbacks.
    /// </summary>
    /// <param name="Url">Null where the provider decides without the person (made-up results).</param>
    public sealed record Started(string ScanRef, Uri? Url, TimeSpan LinkLife) : VerificationStart;

    /// <summary>Down, busy or silent: nothing is known; asked again later for the same session.</summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : VerificationStart;

    /// <summary>It said no (wrong key, wrong request): an operator has to look.</summary>
    public sealed record Refused(string Reason) : VerificationStart;
}

/// <summary>Who checks identities. Its verdicts come by its own webhook and end in <c>TakeVerdict</c>.</summary>
public interface IVerifier
{
    /// <summary>Stable lower-case name: the provider of rows, and the end of the webhook's path.</summary>
    string Name { get; }

    /// <summary>For people: who looks at their documents.</summary>
    string DisplayName { get; }

    /// <summary>Results are made up and check nobody (development).</summary>
    bool MakesUpResults { get; }

    /// <summary>
    /// True for an address at the provider's own origins. A stored link that leads elsewhere belongs to a provider that
    /// was set up before; nobody is sent there.
    /// </summary>
    bool IsItsPage(Uri page);

    /// <summary>Begins a check. Called outside units, after the session's row is committed.</summary>
    Task<VerificationStart> StartAsync(KycSession session, CancellationToken cancel);
}

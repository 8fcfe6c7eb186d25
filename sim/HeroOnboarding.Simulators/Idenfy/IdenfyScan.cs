using System.Text.Json;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>One check of one person, as it was when it was read.</summary>
/// <param name="ScanRef">iDenfy's reference, a UUID.</param>
/// <param name="AuthToken">The secret of the link, 40 characters.</param>
/// <param name="ClientId">The partner's reference of the person.</param>
/// <param name="Request">The body of the token call.</param>
/// <param name="CreatedAt">The simulator's clock.</param>
public sealed record IdenfyScan(
    string ScanRef,
    string AuthToken,
    string ClientId,
    JsonElement Request,
    DateTimeOffset CreatedAt
)
{
    /// <summary>The partner's reference of this check.</summary>
    public string? ExternalRef => Text("externalRef");

    /// <summary>Where callbacks of this check go; null: where all go.</summary>
    public string? CallbackUrl => Text("callbackUrl");

    /// <summary>8 digits, when they were asked for.</summary>
    public string? DigitString { get; init; }

    /// <summary>How long the link can be opened.</summary>
    public TimeSpan ExpiryTime { get; init; }

    /// <summary>How long the check may take once the link was opened.</summary>
    public TimeSpan SessionLength { get; init; }

    /// <summary>When the link was opened first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last verdict fell.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The last verdict; null while the link can be used.</summary>
    public IdenfyVerdict? Verdict { get; init; }

    /// <summary>The document that was shown.</summary>
    public required IdenfyDocument Document { get; init; }

    /// <summary>ACTIVE, then what the last verdict said.</summary>
    public string Overall => Verdict?.Overall ?? "ACTIVE";

    /// <summary>The machine has decided and a person has not.</summary>
    public bool UnderReview => Verdict is { Final: false };

    internal string? SuccessUrl => Text("successUrl");

    internal string? ErrorUrl => Text("errorUrl");

    internal string? UnverifiedUrl => Text("unverifiedUrl");

    internal DateTimeOffset EndsAt => StartedAt is { } started ? started + SessionLength : CreatedAt + ExpiryTime;

    private string? Text(string member) => Request.TryGetProperty(member, out var value) ? value.GetString() : null;
}

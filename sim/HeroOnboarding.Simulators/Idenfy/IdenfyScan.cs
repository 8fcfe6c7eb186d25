using System.Text.Json;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>A snapshot of one check of one person.</summary>
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

    /// <summary>The target of this check's callbacks; null for the common one.</summary>
    public string? CallbackUrl => Text("callbackUrl");

    /// <summary>8 digits, if they were requested.</summary>
    public string? DigitString { get; init; }

    /// <summary>How long the link can be opened.</summary>
    public TimeSpan ExpiryTime { get; init; }

    /// <summary>How long the check may take after the link was opened.</summary>
    public TimeSpan SessionLength { get; init; }

    /// <summary>When the link was opened first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last verdict was reached.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The last verdict; null while the link can be used.</summary>
    public IdenfyVerdict? Verdict { get; init; }

    /// <summary>The document of the check.</summary>
    public required IdenfyDocument Document { get; init; }

    /// <summary>ACTIVE, then the status of the last verdict.</summary>
    public string Overall => Verdict?.Overall ?? "ACTIVE";

    /// <summary>True when the automatic verdict exists and the manual one does not.</summary>
    public bool UnderReview => Verdict is { Final: false };

    internal string? SuccessUrl => Text("successUrl");

    internal string? ErrorUrl => Text("errorUrl");

    internal string? UnverifiedUrl => Text("unverifiedUrl");

    internal DateTimeOffset EndsAt => StartedAt is { } started ? started + SessionLength : CreatedAt + ExpiryTime;

    private string? Text(string member) => Request.TryGetProperty(member, out var value) ? value.GetString() : null;
}

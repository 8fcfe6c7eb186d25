using System.Text.Json;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// One message to the portal. A tampered one is <c>callback with { Body = … }</c>, which keeps the signature.
/// </summary>
/// <param name="Number">1 for the first that was queued.</param>
/// <param name="ScanRef">The check that it reports.</param>
/// <param name="Overall">Its <c>status.overall</c>.</param>
/// <param name="Final">Its <c>final</c>; null when that is null or absent.</param>
/// <param name="Url">The target of this check's callbacks; null for <see cref="IdenfySimulator.CallbackUrl"/>.</param>
/// <param name="Body">The body, sent as these bytes in UTF-8.</param>
/// <param name="Signature">The header <c>Idenfy-Signature</c>; null omits it.</param>
/// <param name="At">When it was queued, on the simulator's clock.</param>
public sealed record IdenfyCallback(
    int Number,
    string ScanRef,
    string Overall,
    bool? Final,
    string? Url,
    string Body,
    string? Signature,
    DateTimeOffset At
)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);
}

/// <summary>One attempt to deliver a callback.</summary>
/// <param name="Callback">The <see cref="IdenfyCallback.Number"/>.</param>
/// <param name="ScanRef">The check that it reports.</param>
/// <param name="Overall">The reported status.</param>
/// <param name="Final">Whether the status is final.</param>
/// <param name="At">When it was sent, on the simulator's clock.</param>
/// <param name="Status">The answer's HTTP status; 0 for no answer.</param>
/// <param name="Problem">Why there was no answer; null if there was one.</param>
public sealed record IdenfyDelivery(
    int Callback,
    string ScanRef,
    string Overall,
    bool? Final,
    DateTimeOffset At,
    int Status,
    string? Problem
)
{
    /// <summary>Whether it was answered with 2xx, after which iDenfy does not send it again.</summary>
    public bool Arrived => Status is >= 200 and < 300;
}

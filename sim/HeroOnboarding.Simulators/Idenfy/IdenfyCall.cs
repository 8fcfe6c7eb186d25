using System.Text.Json;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>One call of the API, authorized or not.</summary>
/// <param name="Path">For example <c>/api/v2/token</c>.</param>
/// <param name="RawBody">The body as text.</param>
/// <param name="Body">The body as JSON; undefined when it is not JSON.</param>
/// <param name="At">The simulator's clock.</param>
/// <param name="Authorized">Whether key and secret were right.</param>
/// <param name="Status">The status of the answer; 0 for no answer.</param>
/// <param name="Problem">The identifier of the refusal; null for none.</param>
public sealed record IdenfyCall(
    string Path,
    string RawBody,
    JsonElement Body,
    DateTimeOffset At,
    bool Authorized,
    int Status,
    string? Problem
);

using System.Text.Json;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>One call of the API, genuine or not.</summary>
/// <param name="Path">For example <c>/api/v2/token</c>.</param>
/// <param name="RawBody">The body as text.</param>
/// <param name="Body">The body as JSON; undefined when it is no JSON.</param>
/// <param name="At">The simulator's clock.</param>
/// <param name="Authorized">Whether key and secret were right.</param>
/// <param name="Status">The status chosen for it: 0 when the call met silence.</param>
/// <param name="Problem">The identifier it was refused with, or null.</param>
public sealed record IdenfyCall(
    string Path,
    string RawBody,
    JsonElement Body,
    DateTimeOffset At,
    bool Authorized,
    int Status,
    string? Problem
);

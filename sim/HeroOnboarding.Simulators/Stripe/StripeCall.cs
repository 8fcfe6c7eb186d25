namespace HeroOnboarding.Simulators.Stripe;

/// <summary>One call of the API.</summary>
/// <param name="Method"><c>GET</c> or <c>POST</c>.</param>
/// <param name="Path">For example <c>/v1/checkout/sessions</c>.</param>
/// <param name="Form">The parameters of body or query, in their bracket form.</param>
/// <param name="ApiKey">The bearer; empty for none.</param>
/// <param name="IdempotencyKey">The header; null for none.</param>
/// <param name="Version">Header <c>Stripe-Version</c>; null for none.</param>
/// <param name="RequestId">The <c>Request-Id</c> of the answer.</param>
/// <param name="At">The simulator's clock.</param>
/// <param name="Status">The status of the answer; 0 for no answer.</param>
/// <param name="Replayed">The answer was stored under the idempotency key before.</param>
/// <param name="Problem">Message of the error; null for none.</param>
public sealed record StripeCall(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Form,
    string ApiKey,
    string? IdempotencyKey,
    string? Version,
    string RequestId,
    DateTimeOffset At,
    int Status,
    bool Replayed,
    string? Problem
);

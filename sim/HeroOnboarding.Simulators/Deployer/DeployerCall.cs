using System.Text.Json;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>One received call, valid or not.</summary>
/// <param name="Path">For example <c>/admin/assign-vm</c>.</param>
/// <param name="WebhookId">The <c>webhook-id</c> header; empty when it was missing.</param>
/// <param name="RawBody">The body as text.</param>
/// <param name="Body">The body as JSON; undefined when it is not JSON.</param>
/// <param name="At">The deployer's clock.</param>
/// <param name="SignatureValid">Whether the signature and its time were right.</param>
/// <param name="Repeat">True when a call with this id was handled before; it got the same answer.</param>
/// <param name="Status">The status of the answer; 0 for no answer.</param>
/// <param name="Problem">Why it was refused; null if it was not.</param>
public sealed record DeployerCall(
    string Path,
    string WebhookId,
    string RawBody,
    JsonElement Body,
    DateTimeOffset At,
    bool SignatureValid,
    bool Repeat,
    int Status,
    string? Problem
);

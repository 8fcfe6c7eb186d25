using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc.Idenfy;

/// <summary>
/// <c>POST /webhooks/idenfy</c>: the signature over the raw bytes is verified before the body is parsed. iDenfy
/// requires 2xx within ten seconds and repeats the callback otherwise. The signature covers no time, so a callback can
/// be replayed; a repeated callback changes nothing.
/// </summary>
public sealed class IdenfyWebhook(IdenfyOptions idenfy, Webhooks calls, TakeVerdict take, ILogger<IdenfyWebhook> log)
    : IProviderWebhook
{
    /// <summary>A reviewer at iDenfy may take up to a day for a verdict.</summary>
    private static readonly TimeSpan AfterCheck = TimeSpan.FromDays(1);

    public string Provider => IdenfyVerifier.ProviderName;

    public string DisplayName => "iDenfy";

    public bool IsOn => idenfy.IsOn;

    public async Task<string?> OverdueAsync(
        OnboardingDb db,
        DateTimeOffset last,
        DateTimeOffset now,
        CancellationToken cancel
    )
    {
        var ended = now - AfterCheck;
        var waiting = await db.KycSessions.CountAsync(
            s =>
                s.Provider == IdenfyVerifier.ProviderName
                && s.State == KycStatus.InProgress
                && s.Verdict == null
                && s.ExpiresAt < ended
                && s.ExpiresAt > last,
            cancel
        );
        return waiting == 0 ? null : Show.Count(waiting, "identity check");
    }

    public static Task<IResult> ReceiveAsync(HttpContext http, IdenfyWebhook webhook) => webhook.RunAsync(http);

    private async Task<IResult> RunAsync(HttpContext http)
    {
        if (!idenfy.IsOn)
            return KycRefusals.KycOff.ToResult();
        var body = await Webhooks.ReadAsync(http);
        var signature = http.Request.Headers[IdenfyCallback.Header];
        if (signature.Count != 1 || !IdenfyCallback.IsGenuine(idenfy.WebhookKeys, signature[0], body))
        {
            calls.Refused(Provider, signature.Count == 0 ? "no signature" : "the signature does not fit");
            return Refusals.WebhookSignature.ToResult();
        }
        calls.Received(Provider);
        if (IdenfyCallback.Parse(body, production: idenfy.Environment == IdenfyOptions.Production) is not { } verdict)
        {
            log.LogInformation(
                "A callback of {Provider} says nothing that counts here ({Bytes} bytes)",
                Provider,
                body.Length
            );
            return Results.Ok();
        }
        if (verdict.Reasons.Contains(IdenfyCallback.NotChecked))
            log.LogError(
                "{Provider} approved scan {Scan} without the time that a check takes, but IDENFY_ENVIRONMENT is "
                    + "'production'. The approval waits for an operator. Is IDENFY_API_KEY a dev key?",
                Provider,
                verdict.ScanRef
            );
        var outcome = await take.RunAsync(verdict, http.RequestAborted);
        return outcome.IsRefused ? outcome.Refusal.ToResult() : Results.Ok();
    }
}

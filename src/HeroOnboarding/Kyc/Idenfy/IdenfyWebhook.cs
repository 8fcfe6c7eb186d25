using HeroOnboarding.Web;

namespace HeroOnboarding.Kyc.Idenfy;

/// <summary>
/// <c>POST /webhooks/idenfy</c>: first the signature over the raw bytes, then what they say. iDenfy wants 2xx within
/// ten seconds and says it again otherwise. There is no
/// time in the signature; what was said before simply changes nothing.
/// </summary>
public static class IdenfyWebhook
{
    private const string Provider = IdenfyVerifier.ProviderName;

    public static async Task<IResult> ReceiveAsync(
        HttpContext http,
        IdenfyOptions idenfy,
        Webhooks calls,
        TakeVerdict take,
        ILoggerFactory logs
    )
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
            logs.CreateLogger(typeof(IdenfyWebhook))
                .LogInformation(
                    "A callback of {Provider} says nothing that counts here ({Bytes} bytes)",
                    Provider,
                    body.Length
                );
            return Results.Ok();
        }
        if (verdict.Reasons.Contains(IdenfyCallback.NotChecked))
            logs.CreateLogger(typeof(IdenfyWebhook))
                .LogError(
                    "{Provider} approved scan {Scan} without the time that a check takes, but IDENFY_ENVIRONMENT is "
                        + "'production'. The approval waits for an operator. Is IDENFY_API_KEY a dev key?",
                    Provider,
                    verdict.ScanRef
                );
        var outcome = await take.RunAsync(verdict, http.RequestAborted);
        return outcome.IsRefused ? outcome.Refusal.ToResult() : Results.Ok();
    }
}

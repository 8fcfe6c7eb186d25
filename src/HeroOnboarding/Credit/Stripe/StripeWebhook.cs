using System.Text;
using global::Stripe;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Credit.Stripe;

/// <summary>
/// <c>POST /webhooks/stripe</c>: the signature of the raw body is verified with Stripe's own library (Stripe
/// documentation, webhook signatures; 300 seconds in both directions) against each configured signing secret. A call
/// that fails this is answered with 400 and changes no payment.
/// </summary>
public sealed class StripeWebhook(
    StripeOptions stripe,
    SettlePayment settle,
    Webhooks webhooks,
    TimeProvider clock,
    ILogger<StripeWebhook> log
) : IProviderWebhook
{
    /// <summary>For how many seconds a signature is valid.</summary>
    private const long Tolerance = 300;
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    public string Provider => StripePayments.ProviderName;

    public string DisplayName => "Stripe";

    public bool IsOn => stripe.IsOn;

    public Task<string?> OverdueAsync(
        OnboardingDb db,
        DateTimeOffset last,
        DateTimeOffset now,
        CancellationToken cancel
    ) => OverduePayments.FindAsync(db, Provider, last, now, cancel);

    /// <summary>What the answer says; Stripe only looks at the status.</summary>
    public sealed record Answered(string Outcome);

    public static async Task<IResult> ReceiveAsync(HttpContext http, StripeWebhook webhook) =>
        (
            await webhook.RunAsync(
                await Webhooks.ReadAsync(http),
                http.Request.Headers["Stripe-Signature"].ToString(),
                http.RequestAborted
            )
        ).ToResult();

    public async Task<Outcome<Answered>> RunAsync(byte[] body, string signature, CancellationToken cancel)
    {
        if (!stripe.IsOn)
            return PaymentRefusals.PaymentsOff;
        if (Verify(body, signature, stripe.WebhookKeys, clock.GetUtcNow()) is not { } json)
        {
            Refuse("the signature does not fit");
            return Refusals.WebhookSignature;
        }
        if (StripeEventReader.Read(json, stripe.IsLive) is not { } word)
        {
            Refuse("signed, but no event");
            return Refusals.BodyMalformed;
        }
        webhooks.Received(StripePayments.ProviderName);
        if (word.Fact is null)
            return new Answered("ignored");
        return new Answered(
            (await settle.RunAsync(word.Fact, new ProviderEvent(word.EventId, word.Type), cancel)).Outcome
        );
    }

    /// <returns>
    /// The body as text; null when no key verifies it. The library throws various exceptions for malformed headers, so
    /// every exception means that the signature does not match.
    /// </returns>
    internal static string? Verify(byte[] body, string signature, IReadOnlyList<Secret> keys, DateTimeOffset now)
    {
        foreach (var key in keys)
            try
            {
                var json = Strict.GetString(body);
                EventUtility.ValidateSignature(json, signature, key.Reveal(), Tolerance, now.ToUnixTimeSeconds());
                return json;
            }
            catch (Exception)
            {
                // The loop tries the next key.
            }
        return null;
    }

    /// <summary>
    /// Any client can send such calls, so at most one per minute is logged; Admin → Setup shows the count of all.
    /// </summary>
    private void Refuse(string why)
    {
        if (webhooks.Refused(StripePayments.ProviderName, why))
            log.LogWarning("A webhook of Stripe was refused: {Why}", why);
    }
}

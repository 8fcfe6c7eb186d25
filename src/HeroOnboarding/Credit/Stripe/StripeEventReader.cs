using System.Text.Json;

namespace HeroOnboarding.Credit.Stripe;

/// <summary>
/// A verified event of Stripe. It is parsed without Stripe's library, so that events of other API versions are
/// understood (Stripe API reference, Events; envelope <c>{id, type, livemode, data.object}</c>). Malformed values are
/// replaced by values that match no payment.
/// </summary>
/// <param name="EventId"><c>evt_…</c>.</param>
/// <param name="Fact">Null for types that do not concern a checkout.</param>
internal sealed record StripeEventReader(string EventId, string Type, CheckoutReport? Fact)
{
    private const string Odd = "?";

    /// <param name="live">
    /// The portal's mode. An event with another mode, or without one, counts as of the other mode.
    /// </param>
    /// <returns>Null when the body is not an event.</returns>
    public static StripeEventReader? Read(string json, bool live)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = document.RootElement;
            if (
                Text(root, "id") is not { } id
                || !ProviderId.IsWellFormed(id)
                || Text(root, "type") is not { Length: > 0 and <= 100 } type
                || !type.All(c => c is >= '!' and <= '~')
            )
                return null;
            if (
                Kind(type) is not { } said
                || Member(Member(root, "data"), "object") is not { ValueKind: JsonValueKind.Object } session
                || Text(session, "object") != "checkout.session"
                || !ProviderId.IsWellFormed(Text(session, "id"))
            )
                return new(id, type, null);
            var mode = Flag(root, "livemode") == live && Flag(session, "livemode") == live ? live : !live;
            var payment = Text(session, "payment_intent");
            return new(
                id,
                type,
                new CheckoutReport(
                    StripePayments.ProviderName,
                    Text(session, "id")!,
                    Reference(Text(session, "client_reference_id") ?? Text(Member(session, "metadata"), "intent_sid")),
                    ProviderId.IsWellFormed(payment) ? payment : null,
                    said == CheckoutState.Paid ? StateOf("complete", Text(session, "payment_status")) : said,
                    Amount(session),
                    Currency(Text(session, "currency")),
                    mode
                )
            );
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: the parser accepts a string that is not valid Unicode; reading it throws.
            return null;
        }
    }

    /// <summary>The sid of the intent as received; a malformed one is replaced by one that matches no intent.</summary>
    public static string? Reference(string? reference) =>
        reference is null ? null
        : ProviderId.IsWellFormed(reference) ? reference
        : Odd;

    public static string Currency(string? currency) =>
        currency is { Length: 3 } && currency.All(char.IsAsciiLetter) ? currency.ToLowerInvariant() : Odd;

    /// <param name="status"><c>open</c>, <c>complete</c>, <c>expired</c>.</param>
    /// <param name="payment"><c>paid</c>, <c>unpaid</c>, <c>no_payment_required</c>.</param>
    public static CheckoutState StateOf(string? status, string? payment) =>
        status switch
        {
            "open" => CheckoutState.Open,
            "expired" => CheckoutState.Expired,
            _ => payment is "paid" or "no_payment_required" ? CheckoutState.Paid : CheckoutState.Checking,
        };

    private static CheckoutState? Kind(string type) =>
        type switch
        {
            "checkout.session.completed" or "checkout.session.async_payment_succeeded" => CheckoutState.Paid,
            "checkout.session.async_payment_failed" => CheckoutState.Failed,
            "checkout.session.expired" => CheckoutState.Expired,
            _ => null,
        };

    private static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var member)
            ? member
            : null;

    private static string? Text(JsonElement? of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool? Flag(JsonElement of, string name) =>
        Member(of, name)?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

    private static long Amount(JsonElement session) =>
        Member(session, "amount_total") is { ValueKind: JsonValueKind.Number } number
        && number.TryGetInt64(out var amount)
            ? amount
            : 0;
}

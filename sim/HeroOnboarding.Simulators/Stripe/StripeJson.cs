using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>Objects of the API, in Stripe's spelling (Stripe API reference).</summary>
internal static class StripeJson
{
    /// <summary>Version of the API and its release train; the portal's library requires the train.</summary>
    public const string ApiVersion = "2026-10-28.endive";

    // Stripe's bodies are indented and contain letters of all languages unescaped: a receiver that checks signatures
    // must keep the bytes.
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Text(JsonObject body) => body.ToJsonString(Layout);

    public static JsonObject Session(StripeSession session, Uri pages, params IReadOnlyList<string> expand)
    {
        var json = new JsonObject
        {
            ["id"] = session.Id,
            ["object"] = "checkout.session",
            ["amount_subtotal"] = session.AmountTotal,
            ["amount_total"] = session.AmountTotal,
            ["cancel_url"] = session.CancelUrl,
            ["client_reference_id"] = session.ClientReferenceId,
            ["created"] = session.Created.ToUnixTimeSeconds(),
            ["currency"] = session.Currency,
            ["customer_details"] = Customer(session),
            ["customer_email"] = session.CustomerEmail,
            ["expires_at"] = session.ExpiresAt.ToUnixTimeSeconds(),
            ["livemode"] = session.Livemode,
            ["metadata"] = Map(session.Metadata),
            ["mode"] = "payment",
            ["payment_intent"] =
                session.PaymentIntent is not null && expand.Contains("payment_intent")
                    ? PaymentIntent(session)
                    : session.PaymentIntent,
            ["payment_method_types"] = new JsonArray("card", "us_bank_account"),
            ["payment_status"] = session.PaymentStatus,
            ["status"] = session.Status,
            ["success_url"] = session.SuccessUrl,
            ["ui_mode"] = "hosted_page",
            ["url"] = session.Status == "open" ? new Uri(pages, "/pay/" + session.Id).AbsoluteUri : null,
        };
        foreach (var (name, value) in Unused())
            json[name] = value?.DeepClone();
        if (expand.Contains("line_items"))
            json["line_items"] = LineItems(session);
        return StripeTwist.OnSession(json, session.Twists);
    }

    public static JsonObject List(string url, IEnumerable<JsonObject> data, bool more) =>
        new()
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. data]),
            ["has_more"] = more,
            ["url"] = url,
        };

    public static JsonObject LineItems(StripeSession session) =>
        List(
            $"/v1/checkout/sessions/{session.Id}/line_items",
            session.LineItems.Select(item => new JsonObject
            {
                ["id"] = item.Id,
                ["object"] = "item",
                ["amount_discount"] = 0,
                ["amount_subtotal"] = item.UnitAmount * item.Quantity,
                ["amount_tax"] = 0,
                ["amount_total"] = item.UnitAmount * item.Quantity,
                ["currency"] = session.Currency,
                ["description"] = item.Name,
                ["quantity"] = item.Quantity,
            }),
            more: false
        );

    /// <summary>The payment of a session that was confirmed.</summary>
    public static JsonObject PaymentIntent(StripeSession session) =>
        new()
        {
            ["id"] = session.PaymentIntent,
            ["object"] = "payment_intent",
            ["amount"] = session.AmountTotal,
            ["amount_received"] = session.PaymentStatus == "paid" ? session.AmountTotal : 0,
            ["capture_method"] = "automatic_async",
            ["created"] = session.Created.ToUnixTimeSeconds(),
            ["currency"] = session.Currency,
            ["livemode"] = session.Livemode,
            ["metadata"] = Map(session.PaymentIntentMetadata),
            ["status"] = session switch
            {
                { PaymentStatus: "paid" } => "succeeded",
                { AwaitsMoney: true } => "processing",
                _ => "requires_payment_method",
            },
        };

    public static JsonObject Event(
        string id,
        string type,
        DateTimeOffset at,
        bool livemode,
        JsonObject about,
        StripeRequest? cause
    ) =>
        new()
        {
            ["id"] = id,
            ["object"] = "event",
            ["api_version"] = ApiVersion,
            ["created"] = at.ToUnixTimeSeconds(),
            ["data"] = new JsonObject { ["object"] = about },
            ["livemode"] = livemode,
            ["pending_webhooks"] = 1,
            ["request"] = new JsonObject { ["id"] = cause?.RequestId, ["idempotency_key"] = cause?.IdempotencyKey },
            ["type"] = type,
        };

    // Features of a session that this simulator does not have; real answers contain the members.
    private static JsonObject Unused() =>
        new()
        {
            ["adaptive_pricing"] = new JsonObject { ["enabled"] = false },
            ["after_expiration"] = null,
            ["allow_promotion_codes"] = null,
            ["automatic_tax"] = new JsonObject
            {
                ["enabled"] = false,
                ["liability"] = null,
                ["provider"] = null,
                ["status"] = null,
            },
            ["billing_address_collection"] = null,
            ["client_secret"] = null,
            ["consent"] = null,
            ["currency_conversion"] = null,
            ["custom_fields"] = new JsonArray(),
            ["customer"] = null,
            ["customer_creation"] = "if_required",
            ["discounts"] = new JsonArray(),
            ["invoice"] = null,
            ["locale"] = null,
            ["payment_link"] = null,
            ["payment_method_collection"] = "if_required",
            ["payment_method_options"] = new JsonObject(),
            ["phone_number_collection"] = new JsonObject { ["enabled"] = false },
            ["recovered_from"] = null,
            ["setup_intent"] = null,
            ["shipping_options"] = new JsonArray(),
            ["submit_type"] = null,
            ["subscription"] = null,
            ["total_details"] = new JsonObject
            {
                ["amount_discount"] = 0,
                ["amount_shipping"] = 0,
                ["amount_tax"] = 0,
            },
        };

    private static JsonObject? Customer(StripeSession session)
    {
        if (session.CustomerEmail is null && session.Status != "complete")
            return null;
        return new JsonObject
        {
            ["address"] = null,
            ["email"] = session.CustomerEmail ?? "payer@example.com",
            ["name"] = session.Status == "complete" ? "A. Payer" : null,
            ["phone"] = null,
            ["tax_exempt"] = "none",
            ["tax_ids"] = null,
        };
    }

    private static JsonObject Map(IReadOnlyDictionary<string, string> map) =>
        new(map.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));
}

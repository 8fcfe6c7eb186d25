using System.Globalization;
using System.Net.Mail;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>
/// Reads the parameters of a new session and refuses what Stripe refuses (Stripe API reference, Checkout Sessions).
/// </summary>
internal sealed class NewSession(StripeRequest request, DateTimeOffset now)
{
    private const int MostLineItems = 100;
    private const long LeastDollarCents = 50;
    private const long MostMinorUnits = 99_999_999;
    private static readonly TimeSpan Soonest = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Latest = TimeSpan.FromHours(24);

    private static readonly HashSet<string> Known =
    [
        .. (
            "adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types automatic_tax "
            + "billing_address_collection "
            + "branding_settings cancel_url client_reference_id consent_collection currency custom_fields "
            + "custom_text customer customer_account "
            + "customer_creation customer_email customer_update discounts excluded_payment_method_types expand "
            + "expires_at integration_identifier "
            + "invoice_creation line_items locale managed_payments metadata mode name_collection optional_items "
            + "origin_context payment_intent_data "
            + "payment_method_collection payment_method_configuration payment_method_data payment_method_options "
            + "permissions "
            + "phone_number_collection redirect_on_completion return_url saved_payment_method_options "
            + "setup_intent_data "
            + "shipping_address_collection shipping_options submit_type subscription_data success_url "
            + "tax_id_collection ui_mode wallet_options"
        ).Split(' '),
    ];

    private StripeReply? refusal;

    /// <summary>The session, or the refusal.</summary>
    public (StripeSession? Session, StripeReply? Refusal) Read()
    {
        if (request.Form.Keys.FirstOrDefault(key => !Known.Contains(key.Split('[')[0])) is { } unknown)
            return (null, StripeReply.Error($"Received unknown parameter: {unknown}", unknown, "parameter_unknown"));
        var mode = Required("mode");
        if (mode is not null and not "payment")
            Refuse("Invalid mode: this simulator knows payment only", "mode");
        if (request["ui_mode"] is not (null or "hosted_page"))
            Refuse("Invalid ui_mode: this simulator knows hosted_page only", "ui_mode");
        var items = LineItems();
        var currency = Currency();
        Total(items, currency);
        var session = new StripeSession
        {
            Id = StripeId.New(request.Livemode ? "cs_live_a1" : "cs_test_a1", 56),
            Livemode = request.Livemode,
            Currency = currency,
            LineItems = items,
            ClientReferenceId = AtMost(200, "client_reference_id"),
            CustomerEmail = Email(),
            Metadata = Map("metadata"),
            PaymentIntentMetadata = Map("payment_intent_data[metadata]"),
            SuccessUrl = Address("success_url", Required("success_url")) ?? "",
            CancelUrl = Address("cancel_url", request["cancel_url"]),
            Created = now,
            ExpiresAt = Expiry(),
        };
        return refusal is null ? (session, null) : (null, refusal);
    }

    // The first refusal is the one that is sent.
    private void Refuse(string message, string param, string? code = null) =>
        refusal ??= StripeReply.Error(message, param, code);

    private string? Required(string name)
    {
        var value = request[name];
        if (value is null)
            Refuse($"Missing required param: {name}.", name, "parameter_missing");
        else if (value.Length == 0)
            Refuse($"You passed an empty string for '{name}'.", name, "parameter_invalid_empty");
        return value;
    }

    private List<StripeLineItem> LineItems()
    {
        var indexes = request.Under("line_items");
        if (indexes.Count == 0)
            Refuse("Missing required param: line_items.", "line_items", "parameter_missing");
        if (indexes.Count > MostLineItems)
            Refuse($"There can be at most {MostLineItems} line items.", "line_items");
        return
        [
            .. indexes
                .OrderBy(index => int.TryParse(index, out var number) ? number : 0)
                .Select(index => LineItem($"line_items[{index}]")),
        ];
    }

    private StripeLineItem LineItem(string item)
    {
        // Prices and products belong to an account; this one has none.
        if (request[item + "[price]"] is { } price)
            Refuse($"No such price: '{price}'", item + "[price]", "resource_missing");
        if (request[item + "[price_data][product]"] is { } product)
            Refuse($"No such product: '{product}'", item + "[price_data][product]", "resource_missing");
        if (request[item + "[price_data][unit_amount_decimal]"] is not null)
            Refuse("This simulator knows unit_amount only", item + "[price_data][unit_amount_decimal]");
        var name = Required(item + "[price_data][product_data][name]") ?? "";
        var amount = Whole(item + "[price_data][unit_amount]") ?? 0;
        var quantity = Whole(item + "[quantity]") ?? 0;
        if (quantity < 1)
            Refuse("This value must be greater than or equal to 1.", item + "[quantity]", "parameter_invalid_integer");
        if (quantity > 999_999)
            Refuse(
                "This value must be less than or equal to 999999.",
                item + "[quantity]",
                "parameter_invalid_integer"
            );
        return new StripeLineItem(name, amount, quantity);
    }

    private long? Whole(string name)
    {
        if (Required(name) is not { } text)
            return null;
        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && Math.Abs((double)number) <= 1e12
        )
            return number;
        Refuse($"Invalid integer: {text}", name, "parameter_invalid_integer");
        return null;
    }

    private string Currency()
    {
        var codes = request
            .Under("line_items")
            .Select(index => $"line_items[{index}][price_data][currency]")
            .Select(name => (Name: name, Code: Required(name)))
            .ToList();
        foreach (var (name, code) in codes)
        {
            if (code is { Length: not 3 } || code?.All(char.IsAsciiLetterLower) == false)
                Refuse($"Invalid currency: {code}", name);
            if (code != codes[0].Code)
                Refuse("All line items must use the same currency.", name);
        }
        return codes.Count == 0 ? "" : codes[0].Code ?? "";
    }

    private void Total(List<StripeLineItem> items, string currency)
    {
        const string first = "line_items[0][price_data][unit_amount]";
        if (items.Any(item => item.UnitAmount < 0))
            Refuse("This value must be greater than or equal to 0.", first, "parameter_invalid_integer");
        var total = items.Sum(item => (decimal)item.UnitAmount * item.Quantity);
        if (total < (currency == "usd" ? LeastDollarCents : 1))
            Refuse(
                "The Checkout Session's total amount due must add up to at least $0.50 usd",
                first,
                "amount_too_small"
            );
        if (total > MostMinorUnits)
            Refuse("The Checkout Session's total amount due must be no more than 99999999", first, "amount_too_large");
    }

    private string? Email()
    {
        var email = request["customer_email"];
        if (email is not null && !MailAddress.TryCreate(email, out _))
            Refuse($"Invalid email address: {email}", "customer_email", "email_invalid");
        return email;
    }

    private string? AtMost(int length, string name)
    {
        var value = request[name];
        if (value?.Length > length)
            Refuse($"Invalid string: must be at most {length} characters", name);
        return value;
    }

    private IReadOnlyDictionary<string, string> Map(string name)
    {
        var map = request.Map(name);
        if (map.Count > 50)
            Refuse("Metadata can have up to 50 keys.", name);
        foreach (var (key, value) in map)
            if (key.Length > 40 || value.Length > 500)
                Refuse("Metadata keys have up to 40 characters, values up to 500.", $"{name}[{key}]");
        return map;
    }

    private string? Address(string name, string? address)
    {
        if (address is null)
            return null;
        // The placeholder is not valid in an address, but Stripe allows it.
        var valid =
            Uri.TryCreate(
                address.Replace("{CHECKOUT_SESSION_ID}", "id", StringComparison.Ordinal),
                UriKind.Absolute,
                out var uri
            ) && uri.Scheme is "http" or "https";
        if (!valid)
            Refuse("Not a valid URL", name, "url_invalid");
        return address;
    }

    private DateTimeOffset Expiry()
    {
        if (request["expires_at"] is null)
            return now + Latest;
        // Later than the year 9999 there is no time to compare with.
        var at = Whole("expires_at") is { } seconds and > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : DateTimeOffset.MinValue;
        if (at < now + Soonest)
            Refuse(
                "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
                "expires_at"
            );
        if (at > now + Latest)
            Refuse(
                "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
                "expires_at"
            );
        return at;
    }
}

using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>Status and body of an answer.</summary>
/// <param name="Message">Of the error; null for none.</param>
/// <param name="Stored">Stored under the idempotency key. A call that was refused before its work began is
/// not (Stripe documentation).</param>
internal sealed record StripeReply(int Status, string Body, string? Message, bool Stored)
{
    /// <summary>True when this reply was stored under the idempotency key.</summary>
    public bool Replayed { get; init; }

    public static StripeReply Ok(JsonObject body) => new(200, StripeJson.Text(body), null, Stored: true);

    /// <summary>An error in Stripe's form.</summary>
    /// <param name="message">For people.</param>
    /// <param name="param">The wrong parameter.</param>
    /// <param name="code">Stripe's error code.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="type">Stripe's error type.</param>
    public static StripeReply Error(
        string message,
        string? param = null,
        string? code = null,
        int status = 400,
        string type = "invalid_request_error"
    )
    {
        var error = new JsonObject { ["type"] = type, ["message"] = message };
        if (code is not null)
            (error["code"], error["doc_url"]) = (code, $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}");
        if (param is not null)
            error["param"] = param;
        return new StripeReply(status, StripeJson.Text(new JsonObject { ["error"] = error }), message, Stored: false);
    }

    public static StripeReply Missing(string what, string id, string param) =>
        Error($"No such {what}: '{id}'", param, "resource_missing", StatusCodes.Status404NotFound);

    /// <summary>The error for a scripted status.</summary>
    public static StripeReply Trouble(int status) =>
        status switch
        {
            401 => Error("Invalid API Key provided.", status: status),
            429 => Error("Request rate limit exceeded.", code: "rate_limit", status: status),
            >= 500 => Error("An unknown error occurred.", status: status, type: "api_error"),
            _ => Error("Simulated trouble.", status: status),
        };
}

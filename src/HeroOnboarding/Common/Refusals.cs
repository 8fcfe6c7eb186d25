namespace HeroOnboarding.Common;

/// <summary>The refusals that belong to no feature: of requests as such, webhooks and the store.</summary>
public static class Refusals
{
    public static readonly Refusal NotFound = new(
        "not_found",
        404,
        "There is no such thing here.",
        "Check the address or go back to the dashboard."
    );
    public static readonly Refusal ReasonRequired = new(
        "reason.required",
        422,
        "A reason is required.",
        "Say in 3 to 500 characters why; it is kept in the audit and shown on the statement."
    );
    public static readonly Refusal WebhookSignature = new(
        "webhook.signature",
        400,
        "The signature of this message is missing or wrong.",
        "Sign the raw body with the key that is set up here. Nothing was changed."
    );
    public static readonly Refusal WebhookTooEarly = new(
        "webhook.too_early",
        503,
        "This is about something that is only just starting here.",
        "Send it again in a moment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };
    public static readonly Refusal BodyMalformed = new(
        "body.malformed",
        400,
        "The request body cannot be read.",
        "Send well-formed JSON or form fields, each member once."
    );
    public static readonly Refusal BodyInvalid = new(
        "body.invalid",
        422,
        "The request body has a wrong value.",
        "Mend what 'detail' names and send it again."
    );
    public static readonly Refusal QueryInvalid = new(
        "query.invalid",
        422,
        "The list cannot be shown like this.",
        "Mend what 'detail' names, or start again from the first page of the list."
    );
    public static readonly Refusal BodyTooLarge = new(
        "body.too_large",
        413,
        "The request body is too large.",
        "Send less; the limit is in 'detail'."
    );
    public static readonly Refusal MediaType = new(
        "body.media_type",
        415,
        "This content type is not accepted here.",
        "Send application/json."
    );
    public static readonly Refusal OriginRequired = new(
        "origin.foreign",
        403,
        "This request did not come from this site.",
        "Open the page here and try again."
    );
    public static readonly Refusal AntiforgeryRequired = new(
        "form.expired",
        400,
        "This form is too old or did not come from this site.",
        "Go back, reload the page and send it again. Nothing was changed."
    );
    public static readonly Refusal IdempotencyKeyInvalid = new(
        "idempotency.key_invalid",
        400,
        "The idempotency key is not valid.",
        "Send 1 to 255 printable characters."
    );
    public static readonly Refusal IdempotencyKeyReused = new(
        "idempotency.key_reused",
        422,
        "This idempotency key was used for another request.",
        "Use a new key for a new request. Nothing was changed."
    );
    public static readonly Refusal RateLimited = new(
        "rate.limited",
        429,
        "Too many requests.",
        "Wait a moment and try again."
    );
    public static readonly Refusal StoreBusy = new(
        "store.busy",
        503,
        "Too much is happening right now.",
        "Nothing was answered; try again in a moment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };
    public static readonly Refusal StoreUnreachable = new(
        "store.unreachable",
        503,
        "Our database does not answer right now.",
        "Your machines keep running. Reload in a minute to see whether the change was made, then try again."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };
    public static readonly Refusal StoreNotWritable = new(
        "store.not_writable",
        503,
        "Changes cannot be saved right now.",
        "Your machines keep running and pages can be read. Try again in a few minutes."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal TokenScope = new(
        "token.scope",
        403,
        "This token may not do this.",
        "Where 'detail' names a scope, ask an owner for a token with it; otherwise send the operator secret."
    );
}

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>An event: always the same bytes, each time with a new signature.</summary>
/// <param name="Id"><c>evt_…</c>.</param>
/// <param name="Type">For example <c>checkout.session.completed</c>.</param>
/// <param name="SessionId">The session that it is about; null for none.</param>
/// <param name="Livemode">Of the session, even if a twist altered the payload; the signature header of a test event
/// has a decoy.</param>
/// <param name="At">When it happened.</param>
/// <param name="Payload">The body.</param>
public sealed record StripeEvent(
    string Id,
    string Type,
    string? SessionId,
    bool Livemode,
    DateTimeOffset At,
    string Payload
)
{
    /// <summary>A checkout session was paid, or its payment is pending.</summary>
    public const string Completed = "checkout.session.completed";

    /// <summary>A pending payment succeeded.</summary>
    public const string AsyncPaymentSucceeded = "checkout.session.async_payment_succeeded";

    /// <summary>A pending payment failed.</summary>
    public const string AsyncPaymentFailed = "checkout.session.async_payment_failed";

    /// <summary>A session was not paid in time.</summary>
    public const string Expired = "checkout.session.expired";
}

/// <summary>One attempt to deliver an event.</summary>
/// <param name="EventId">Null for a body that is not an event of this simulator.</param>
/// <param name="At">When it was sent.</param>
/// <param name="Status">The portal's status; null for no answer.</param>
/// <param name="Answer">The portal's body, or why there was no answer.</param>
public sealed record StripeDelivery(string? EventId, DateTimeOffset At, int? Status, string Answer)
{
    /// <summary>
    /// True when the portal has accepted it: any 2xx. A redirect is a failure (Stripe documentation).
    /// </summary>
    public bool Taken => Status is >= 200 and < 300;
}

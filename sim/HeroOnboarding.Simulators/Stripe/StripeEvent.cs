namespace HeroOnboarding.Simulators.Stripe;

/// <summary>An event as it is delivered: always the same bytes, each time under a new signature.</summary>
/// <param name="Id"><c>evt_…</c>.</param>
/// <param name="Type">For example <c>checkout.session.completed</c>.</param>
/// <param name="SessionId">The session it speaks of, or null.</param>
/// <param name="Livemode">Of the session, whatever a twist made of the payload; a test event's signature header has a
/// decoy.</param>
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
    /// <summary>A checkout session was paid, or will be paid later.</summary>
    public const string Completed = "checkout.session.completed";

    /// <summary>The money of a payment that was to come later has come.</summary>
    public const string AsyncPaymentSucceeded = "checkout.session.async_payment_succeeded";

    /// <summary>It will not come.</summary>
    public const string AsyncPaymentFailed = "checkout.session.async_payment_failed";

    /// <summary>A session was not paid in time.</summary>
    public const string Expired = "checkout.session.expired";
}

/// <summary>One try to deliver an event.</summary>
/// <param name="EventId">Null for a body that is no event of this simulator.</param>
/// <param name="At">When it was sent.</param>
/// <param name="Status">The portal's status; null when there was none.</param>
/// <param name="Answer">The portal's body, or why there was none.</param>
public sealed record StripeDelivery(string? EventId, DateTimeOffset At, int? Status, string Answer)
{
    /// <summary>The portal has taken it: any 2xx. A redirect is a failure (Stripe documentation).</summary>
    public bool Taken => Status is >= 200 and < 300;
}

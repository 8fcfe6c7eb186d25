namespace HeroOnboarding.Credit;

/// <summary>The provider's answer to the request for a checkout.</summary>
public abstract record CheckoutStart
{
    /// <summary>The customer pays at <paramref name="Url"/>.</summary>
    public sealed record Started(string CheckoutId, Uri Url, DateTimeOffset ExpiresAt) : CheckoutStart;

    /// <summary>
    /// The provider was down, busy or did not answer; it may or may not have created a checkout. Another call for the
    /// same intent continues it.
    /// </summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : CheckoutStart;

    /// <summary>The provider refused the request (wrong key, invalid request); an operator must correct it.</summary>
    public sealed record Refused(string Reason) : CheckoutStart;
}

/// <summary>The state of a checkout as the provider reports it, in an event or in the answer to a query.</summary>
/// <param name="IntentSid">The sid of the intent in the checkout, if any.</param>
/// <param name="AmountMinor">In the currency's smallest unit (cents).</param>
public sealed record CheckoutReport(
    string Provider,
    string CheckoutId,
    string? IntentSid,
    string? PaymentId,
    CheckoutState State,
    long AmountMinor,
    string Currency,
    bool Live
);

/// <summary>State of a checkout at the provider.</summary>
public enum CheckoutState
{
    Open,
    Checking,
    Paid,
    Failed,
    Expired,
}

/// <summary>What came of asking about or closing a checkout.</summary>
public abstract record CheckoutAnswer
{
    /// <summary>The current state of the checkout.</summary>
    public sealed record Known(CheckoutReport Fact) : CheckoutAnswer;

    /// <summary>The provider was down, busy or did not answer, so the state is unknown.</summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : CheckoutAnswer;

    /// <summary>The provider does not know the checkout, or refuses the request.</summary>
    public sealed record Refused(string Reason) : CheckoutAnswer;
}

/// <summary>The texts of a payment method in the form for adding credit.</summary>
/// <param name="Button">Label of the button, such as "Pay by card".</param>
/// <param name="Explanation">A sentence: where the customer pays, and which data the portal does not see.</param>
public sealed record PaymentWords(string Button, string Explanation);

/// <summary>
/// A way to pay with the provider's hosted page. Called outside units, after the intent's row is committed.
/// </summary>
public interface IPayments
{
    /// <summary>
    /// Stable lower-case name: the provider in stored rows, its account in the ledger, and the last segment of the
    /// webhook's path.
    /// </summary>
    string Name { get; }

    /// <summary>The payment method and the company, for people.</summary>
    string DisplayName { get; }

    PaymentWords Words { get; }

    /// <summary>True when real money moves.</summary>
    bool IsLive { get; }

    /// <summary>
    /// Creates the checkout of an intent, or returns the one that exists: the intent's sid is the idempotency key.
    /// </summary>
    Task<CheckoutStart> StartAsync(PaymentIntent intent, string? email, CancellationToken cancel);

    /// <summary>Reads the current state of the checkout.</summary>
    Task<CheckoutAnswer> ReadAsync(PaymentIntent intent, CancellationToken cancel);

    /// <summary>
    /// Closes the checkout so that it can no longer be paid. A paid checkout stays paid and is reported as paid.
    /// </summary>
    Task<CheckoutAnswer> CloseAsync(PaymentIntent intent, CancellationToken cancel);
}

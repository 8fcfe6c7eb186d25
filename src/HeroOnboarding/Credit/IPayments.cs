namespace HeroOnboarding.Credit;

/// <summary>What came of asking a provider for a checkout.</summary>
public abstract record CheckoutStart
{
    /// <summary>The person pays at <paramref name="Url"/>.</summary>
    public sealed record Started(string CheckoutId, Uri Url, DateTimeOffset ExpiresAt) : CheckoutStart;

    /// <summary>
    /// Down, busy or silent: it may or may not have made one; asking again for the same intent continues it.
    /// </summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : CheckoutStart;

    /// <summary>It said no (wrong key, wrong request): an operator has to look.</summary>
    public sealed record Refused(string Reason) : CheckoutStart;
}

/// <summary>
/// What a provider says about money, whoever asked or told: a webhook now, a return page or a reconciliation one day.
/// </summary>
/// <param name="IntentSid">Our reference in it, if any.</param>
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
    /// <summary>It stands like this now.</summary>
    public sealed record Known(CheckoutReport Fact) : CheckoutAnswer;

    /// <summary>Down, busy or silent: nothing is known.</summary>
    public sealed record TryLater(string Reason, TimeSpan? After) : CheckoutAnswer;

    /// <summary>It knows no such checkout, or refuses to speak of it.</summary>
    public sealed record Refused(string Reason) : CheckoutAnswer;
}

/// <summary>What the form for adding credit says about a way to pay.</summary>
/// <param name="Button">Label of the button, such as "Pay by card".</param>
/// <param name="Explanation">A sentence: where the customer pays, and what we do not see.</param>
public sealed record PaymentWords(string Button, string Explanation);

/// <summary>
/// A way to pay with the provider's hosted page. Called outside units, after the intent's row is committed.
/// </summary>
public interface IPayments
{
    /// <summary>
    /// Stable lower-case name: the provider of rows, the ledger account that money comes from, the end of the webhook's
    /// path.
    /// </summary>
    string Name { get; }

    /// <summary>For people: the way to pay and the company.</summary>
    string DisplayName { get; }

    PaymentWords Words { get; }

    /// <summary>Real money moves.</summary>
    bool IsLive { get; }

    /// <summary>
    /// Makes the checkout of an intent, or finds the one that was made before: the intent's sid is the idempotency key.
    /// </summary>
    Task<CheckoutStart> StartAsync(PaymentIntent intent, string? email, CancellationToken cancel);

    /// <summary>How the checkout stands.</summary>
    Task<CheckoutAnswer> ReadAsync(PaymentIntent intent, CancellationToken cancel);

    /// <summary>
    /// Closes the checkout so that it cannot be paid any more; one that is paid already stays so and says it.
    /// </summary>
    Task<CheckoutAnswer> CloseAsync(PaymentIntent intent, CancellationToken cancel);
}

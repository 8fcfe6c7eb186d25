namespace HeroOnboarding.Simulators.Stripe;

/// <summary>One line item.</summary>
/// <param name="Name">The name that the payer reads.</param>
/// <param name="UnitAmount">Minor units of the session's currency, each.</param>
/// <param name="Quantity">The number of units.</param>
public sealed record StripeLineItem(string Name, long UnitAmount, long Quantity)
{
    /// <summary>For example <c>li_…</c>.</summary>
    public string Id { get; } = StripeId.New("li_1", 23);
}

/// <summary>A snapshot of a Checkout Session in payment mode, in the API's terms.</summary>
public sealed record StripeSession
{
    /// <summary><c>cs_test_…</c> or <c>cs_live_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Made with a live key.</summary>
    public required bool Livemode { get; init; }

    /// <summary><c>open</c>, <c>complete</c> or <c>expired</c>.</summary>
    public string Status { get; init; } = "open";

    /// <summary><c>unpaid</c> or <c>paid</c>.</summary>
    public string PaymentStatus { get; init; } = "unpaid";

    /// <summary>Lower-case ISO code.</summary>
    public required string Currency { get; init; }

    /// <summary>The line items.</summary>
    public required IReadOnlyList<StripeLineItem> LineItems { get; init; }

    /// <summary>Minor units.</summary>
    public long AmountTotal => LineItems.Sum(item => item.UnitAmount * item.Quantity);

    /// <summary><c>pi_…</c>; null until the payer has confirmed.</summary>
    public string? PaymentIntent { get; init; }

    /// <summary>True when it is complete and its payment is pending.</summary>
    public bool AwaitsMoney { get; init; }

    /// <summary>As given at creation.</summary>
    public string? ClientReferenceId { get; init; }

    /// <summary>As given at creation.</summary>
    public string? CustomerEmail { get; init; }

    /// <summary>Of the session; not copied to the payment intent (Stripe documentation).</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Of the payment intent, from <c>payment_intent_data</c>.</summary>
    public IReadOnlyDictionary<string, string> PaymentIntentMetadata { get; init; } = new Dictionary<string, string>();

    /// <summary>As given; the placeholder is not replaced.</summary>
    public required string SuccessUrl { get; init; }

    /// <summary>As given.</summary>
    public string? CancelUrl { get; init; }

    /// <summary>Whole seconds.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Whole seconds; the end of an open session.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    internal IReadOnlyList<StripeTwist> Twists { get; init; } = [];

    internal string ReturnUrl =>
        new Uri(SuccessUrl.Replace("{CHECKOUT_SESSION_ID}", Id, StringComparison.Ordinal)).AbsoluteUri;

    // The transitions of a session; null when its state does not allow one.

    internal StripeSession? Paid() =>
        Status != "open"
            ? null
            : this with
            {
                Status = "complete",
                PaymentStatus = "paid",
                PaymentIntent = StripeId.New("pi_3", 23),
            };

    internal StripeSession? PaidLater() =>
        Status != "open"
            ? null
            : this with
            {
                Status = "complete",
                AwaitsMoney = true,
                PaymentIntent = StripeId.New("pi_3", 23),
            };

    internal StripeSession? MoneyArrived() =>
        !AwaitsMoney ? null : this with { PaymentStatus = "paid", AwaitsMoney = false };

    internal StripeSession? MoneyFailed() => !AwaitsMoney ? null : this with { AwaitsMoney = false };

    internal StripeSession? Expired() => Status != "open" ? null : this with { Status = "expired" };
}

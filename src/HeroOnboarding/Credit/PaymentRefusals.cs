namespace HeroOnboarding.Credit;

/// <summary>The refusals of top-ups and of payments in suspense.</summary>
public static class PaymentRefusals
{
    public static readonly Refusal PaymentsOff = new(
        "payments.off",
        503,
        "Paying is not set up here.",
        "Ask the operator to add credit."
    );
    public static readonly Refusal PaymentUnavailable = new(
        "payment.unavailable",
        503,
        "The payment provider does not answer.",
        "Nothing was taken. Try again in a moment; it continues the same payment."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
        Step = new("/credit", "To your credit"),
    };
    public static readonly Refusal TopUpAmount = new(
        "topup.amount",
        422,
        "This amount cannot be added at once.",
        "Choose an amount within the limits."
    )
    {
        Step = new("/credit", "To your credit"),
        Sentence = figures =>
            figures is { Least: { } least, Most: { } most }
                ? $"Choose an amount from {Money.Show(least)} to {Money.Show(most)}."
                : null,
    };
    public static readonly Refusal PaymentTooManyOpen = new(
        "payment.too_many_open",
        409,
        "Too many of your payments are open.",
        "Continue or cancel one of them first."
    )
    {
        Step = new("/credit", "To your credit"),
    };
    public static readonly Refusal PaymentNotOpen = new(
        "payment.not_open",
        409,
        "This payment is not open any more.",
        "Look at its state under Credit; nothing was changed."
    )
    {
        Step = new("/credit", "To your credit"),
    };
    public static readonly Refusal SuspenseResolved = new(
        "suspense.resolved",
        409,
        "This payment was decided already.",
        "Reload the queue; nothing was changed."
    );
}

namespace HeroOnboarding.Credit;

/// <summary>A top-up as its owner sees it.</summary>
/// <param name="CanPay">The owner may be redirected to the provider's page.</param>
public sealed record PaymentView(PaymentIntent Payment, DateTimeOffset Now, bool CanPay)
{
    /// <summary>True when the checkout has expired and its result is unknown.</summary>
    private bool IsOverdue => Instants.Expired(Payment.ExpiresAt ?? Payment.CreatedAt + StartTopUp.Continued, Now);

    private bool WasNeverOpened => Payment.State == PaymentState.Open && Payment.CheckoutId is null && IsOverdue;

    private bool IsOpen => Payment.State == PaymentState.Open && !IsOverdue;

    /// <summary>True when the state cannot change automatically.</summary>
    public bool IsOver => Payment.State is PaymentState.Credited or PaymentState.NotPaid || WasNeverOpened;

    public bool CanContinue => CanPay && IsOpen && Payment.ReturnedAt is null && Payment.Url is not null;

    /// <summary>
    /// True when the provider did not answer; another request for the same amount continues this one.
    /// </summary>
    public bool CanRetry => CanPay && IsOpen && Payment.CheckoutId is null;

    public bool CanCancel => IsOpen && Payment.ReturnedAt is null;

    /// <summary>True when the page polls. It does not while a button is shown, which polling could replace.</summary>
    public bool LooksAgain => !IsOver && !CanCancel;

    public (string Label, string Tone) State =>
        Payment.State switch
        {
            PaymentState.Credited => ("Credited", "good"),
            PaymentState.NotPaid => (
                Payment.Reason switch
                {
                    "refunded" => "Not paid, money returned",
                    "assigned" => "Not paid, settled otherwise",
                    _ => "Not paid, nothing taken",
                },
                ""
            ),
            PaymentState.Checking => ("Checking", "warn"),
            _ when WasNeverOpened => ("Not paid, nothing taken", ""),
            _ when IsOverdue => ("Checking", "warn"),
            _ => Payment.ReturnedAt is null ? ("Waiting for you", "warn") : ("Received", "warn"),
        };

    public string Words =>
        Payment.State switch
        {
            PaymentState.Credited => "The money is on your credit.",
            PaymentState.NotPaid => Payment.Reason switch
            {
                "cancelled" => "You cancelled it before anything was paid.",
                "failed" => "The payment did not go through; your bank or card may say why.",
                "refunded" => "What was paid does not fit this payment and was returned.",
                "assigned" =>
                    "What was paid does not fit this payment; the operator has credited it to another account.",
                _ => "It was not paid in time.",
            },
            PaymentState.Checking =>
                "The payment is on its way or being checked. Some ways to pay take days. You need not do anything; "
                    + "credit comes by itself.",
            _ when WasNeverOpened => "The payment provider never answered.",
            _ when IsOverdue =>
                "Its time is over and the provider has not told us the result yet. You need not do anything.",
            _ when Payment.ReturnedAt is not null =>
                "You are back from paying. We wait for the provider's word; that usually takes seconds.",
            _ => Payment.Url is null
                ? "The payment provider has not answered yet."
                : "Nothing was paid yet. Finish on the provider's page, or cancel.",
        };
}

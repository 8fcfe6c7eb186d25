namespace HeroOnboarding.Credit;

/// <summary>The refusals of credit.</summary>
public static class CreditRefusals
{
    public static readonly Refusal CreditInsufficient = new(
        "credit.insufficient",
        402,
        "Your credit is not enough.",
        "Add credit, then buy again. Nothing was charged."
    )
    {
        Step = new("/credit", "Add credit"),
        Sentence = figures =>
            figures is { Price: { } price, Balance: { } balance and >= 0 } && price > balance
                ? $"It costs {Money.ShowExact(price)}, your credit is {Money.ShowExact(balance)}: "
                    + $"{Money.ShowExact(Money.RoundUp(price - balance))} is missing. Nothing was charged."
                : null,
    };
    public static readonly Refusal CreditOwed = new(
        "credit.owed",
        402,
        "Your account owes credit.",
        "Add credit to settle it first. Nothing was charged."
    )
    {
        Step = new("/credit", "Add credit"),
        Sentence = figures =>
            figures is { Balance: { } balance and < 0 }
                ? $"Your account owes {Money.ShowExact(-balance)}. Add credit to settle it first. Nothing was charged."
                : null,
    };
    public static readonly Refusal AmountInvalid = new(
        "amount.invalid",
        422,
        "The amount is not valid.",
        "Give whole cents other than zero, at most 1,000,000 dollars."
    );
}

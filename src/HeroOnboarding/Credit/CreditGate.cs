namespace HeroOnboarding.Credit;

/// <summary>The check of every charge to credit.</summary>
public static class CreditGate
{
    /// <param name="balance">Micro-dollars; negative when the account owes.</param>
    /// <param name="price">Micro-dollars to charge; negative when more is refunded than charged.</param>
    /// <returns><c>credit.owed</c> or <c>credit.insufficient</c> with the amounts; null when
    /// the credit suffices.</returns>
    public static Refusal? Check(long balance, long price)
    {
        if (balance >= price)
            return null;
        var refusal = balance < 0 ? CreditRefusals.CreditOwed : CreditRefusals.CreditInsufficient;
        return refusal with { Figures = new(Price: price, Balance: balance) };
    }
}

namespace HeroOnboarding.Credit;

/// <summary>The gate in front of every charge to credit.</summary>
public static class CreditGate
{
    /// <param name="balance">Micro-dollars; negative when the account owes.</param>
    /// <param name="price">Micro-dollars to charge; below zero when more comes back than is charged.</param>
    /// <returns>
    /// <c>credit.owed</c> or <c>credit.insufficient</c> with the amounts; null when the credit is enough.
    /// </returns>
    public static Refusal? Check(long balance, long price)
    {
        if (balance >= price)
            return null;
        var refusal = balance < 0 ? CreditRefusals.CreditOwed : CreditRefusals.CreditInsufficient;
        return refusal with { Figures = new(Price: price, Balance: balance) };
    }
}

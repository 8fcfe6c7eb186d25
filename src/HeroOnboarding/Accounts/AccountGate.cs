namespace HeroOnboarding.Accounts;

/// <summary>The gates in front of everything that money or machines touch.</summary>
public static class AccountGate
{
    /// <returns><c>account.suspended</c> or <c>kyc.required</c>; null when the person may go on.</returns>
    public static Refusal? Check(Account account) =>
        account.SuspendedAt is not null ? AccountRefusals.AccountSuspended
        : account.KycStatus != KycStatus.Completed ? AccountRefusals.KycRequired
        : null;
}

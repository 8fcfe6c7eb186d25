namespace HeroOnboarding.Accounts;

/// <summary>The conditions that an account must meet before it uses money or machines.</summary>
public static class AccountGate
{
    /// <returns><c>account.suspended</c> or <c>kyc.required</c>; null when the account meets both conditions.</returns>
    public static Refusal? Check(Account account) =>
        account.SuspendedAt is not null ? AccountRefusals.AccountSuspended
        : account.KycStatus != KycStatus.Completed ? AccountRefusals.KycRequired
        : null;
}

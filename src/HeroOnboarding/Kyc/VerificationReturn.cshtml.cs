namespace HeroOnboarding.Kyc;

/// <summary>
/// <c>/kyc/return</c>: where the provider sends people when they are done, maybe on a phone that is not signed in. What
/// it says in the address counts for nothing.
/// </summary>
public sealed class VerificationReturnModel(ReadVerification read) : VerificationModel(read);

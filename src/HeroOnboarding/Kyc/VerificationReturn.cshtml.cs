namespace HeroOnboarding.Kyc;

/// <summary>
/// <c>/kyc/return</c>: the provider redirects customers to this page after a check, possibly on a device that is not
/// signed in. The query string is ignored.
/// </summary>
public sealed class VerificationReturnModel(ReadVerification read) : VerificationModel(read);

namespace HeroOnboarding.Kyc;

/// <summary><c>/kyc/state</c>: the part of the page that changes, for polling.</summary>
public sealed class VerificationStateModel(ReadVerification read) : VerificationModel(read);

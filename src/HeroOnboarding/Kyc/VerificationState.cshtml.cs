namespace HeroOnboarding.Kyc;

/// <summary><c>/kyc/state</c>: the part of the page that changes, alone, for looking again.</summary>
public sealed class VerificationStateModel(ReadVerification read) : VerificationModel(read);

namespace HeroOnboarding.Accounts;

/// <summary>The refusals of accounts, identities and sessions.</summary>
public static class AccountRefusals
{
    public static readonly Refusal SessionRequired = new(
        "session.required",
        401,
        "You are not signed in.",
        "Sign in and try again."
    )
    {
        Step = new("/login", "Sign in"),
    };
    public static readonly Refusal AccountSuspended = new(
        "account.suspended",
        403,
        "Your account is suspended.",
        "Contact support; your machines and credit are kept."
    );
    public static readonly Refusal KycRequired = new(
        "kyc.required",
        403,
        "Your identity is not verified yet.",
        "Verify your identity first; it usually takes minutes."
    )
    {
        Step = new("/kyc", "Verify identity"),
    };
    public static readonly Refusal SignInFailed = new(
        "signin.failed",
        400,
        "The sign-in could not be completed.",
        "Start again from the sign-in page in this browser."
    )
    {
        Step = new("/login", "To the sign-in page"),
    };
    public static readonly Refusal ProofRequired = new(
        "proof.required",
        403,
        "Show first that it is you.",
        "Sign in once more with an identity of this account; then go on here."
    )
    {
        Step = new("/account/prove", "Show that it is you"),
    };
    public static readonly Refusal ProofNotFresh = new(
        "proof.not_fresh",
        403,
        "Forge sent you back without asking who you are.",
        "Sign out of Forge and try again, use your Mycelium address, or sign out here and in again."
    );
    public static readonly Refusal ProofOfAnother = new(
        "proof.another",
        403,
        "That is not the identity of this account.",
        "Sign in there as the person this account belongs to, and try again."
    );
    public static readonly Refusal IdentityTaken = new(
        "identity.taken",
        409,
        "This identity opens another account here.",
        "Sign in with it, and unlink it there first; or use that account. Nothing was changed."
    )
    {
        Step = new("/account#ways", "To your account"),
    };
    public static readonly Refusal IdentityLinked = new(
        "identity.linked",
        409,
        "This account has an identity of that kind already.",
        "Unlink it first. Nothing was changed."
    )
    {
        Step = new("/account#ways", "To your account"),
    };
    public static readonly Refusal IdentityLast = new(
        "identity.last",
        409,
        "This is the only identity of your account.",
        "Link the other one first, or you could not come back. Nothing was changed."
    )
    {
        Step = new("/account#ways", "To your account"),
    };
    public static readonly Refusal IdentityNotLinked = new(
        "identity.not_linked",
        409,
        "This account has no identity of that kind.",
        "Reload the account page. Nothing was changed."
    )
    {
        Step = new("/account#ways", "To your account"),
    };
    public static readonly Refusal IdentityTooNew = new(
        "identity.too_new",
        409,
        "Your other identity is too new.",
        "An identity can remove an older one 72 hours after it was linked. Nothing was changed."
    )
    {
        Step = new("/account#ways", "To your account"),
        Sentence = figures =>
            figures.At is null ? null : $"You can unlink it after {RefusalFigures.Instant}. Nothing was changed.",
    };
    public static readonly Refusal TermsRequired = new(
        "terms.required",
        409,
        "The terms were not accepted yet.",
        "Read the terms and accept them with the purchase. Nothing was charged."
    );
}

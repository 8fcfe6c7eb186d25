namespace HeroOnboarding.Kyc;

/// <summary>The refusals of identity checks.</summary>
public static class KycRefusals
{
    public static readonly Refusal KycOff = new(
        "kyc.off",
        503,
        "Identity checks are not set up here.",
        "The operator verifies people by hand; contact support and name your account."
    );
    public static readonly Refusal KycUnavailable = new(
        "kyc.unavailable",
        503,
        "The identity check cannot be started right now.",
        "Nothing is lost. Try again in a minute; the same check goes on."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal KycDone = new(
        "kyc.done",
        409,
        "Your identity is verified already.",
        "Nothing is left to do here; choose a plan."
    )
    {
        Step = new("/plans", "Choose a plan"),
    };
    public static readonly Refusal KycUnderReview = new(
        "kyc.under_review",
        409,
        "Your identity is being checked by a person.",
        "Wait for the result: usually minutes, up to a day."
    );
    public static readonly Refusal KycNothingToReset = new(
        "kyc.nothing_to_reset",
        409,
        "There is no ended check to start over.",
        "Start a check, or go on with the one that is open."
    );
    public static readonly Refusal KycDecided = new(
        "kyc.decided",
        409,
        "This check does not wait for a decision.",
        "Reload the list; somebody may have decided already."
    );
}

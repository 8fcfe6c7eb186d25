namespace HeroOnboarding.Accounts.Forge;

/// <summary>The refusals of the sign-in with Forge.</summary>
public static class ForgeRefusals
{
    public static readonly Refusal ForgeOff = new(
        "forge.off",
        503,
        "Sign-in with Forge is not set up here.",
        "Use another way to sign in, or ask the operator."
    );
    public static readonly Refusal ForgeUnreachable = new(
        "forge.unreachable",
        503,
        "Forge does not answer.",
        "Nothing was changed. Try again in a minute."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal ForgeDenied = new(
        "forge.denied",
        403,
        "Forge did not let you sign in here.",
        "Try again and allow the sign-in."
    );
}

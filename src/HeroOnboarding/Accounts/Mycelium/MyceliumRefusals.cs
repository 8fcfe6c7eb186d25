namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>The refusals of the sign-in with a Mycelium address.</summary>
public static class MyceliumRefusals
{
    public static readonly Refusal MyceliumOff = new(
        "mycelium.off",
        503,
        "Sign-in with a Mycelium address is not set up here.",
        "Use another way to sign in, or ask the operator."
    );
    public static readonly Refusal MyceliumUnreachable = new(
        "mycelium.unreachable",
        503,
        "Our Mycelium node does not answer.",
        "Nothing was changed. Try again in a minute, or use another way to sign in."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(30),
    };
    public static readonly Refusal MyceliumAddressInvalid = new(
        "mycelium.address",
        422,
        "This is not an address of the Mycelium network.",
        "Copy it from your node ('mycelium inspect' shows it); it begins with 4 or 5, such as 548:c783:…."
    );
    public static readonly Refusal MyceliumUnknown = new(
        "mycelium.unknown",
        404,
        "Our node knows no node with this address.",
        "Check the address and that your node is running and has peers; then try again."
    );
    public static readonly Refusal MyceliumPoolMachine = new(
        "mycelium.pool_machine",
        422,
        "This address belongs to a machine that is handed out here.",
        "Such machines change hands. Use the address of a node of your own."
    );
    public static readonly Refusal ChallengeFailed = new(
        "challenge.failed",
        401,
        "This code does not open anything.",
        "It may be mistyped, used, too old, or of another browser. Check it, or ask for a new one."
    )
    {
        Step = new("/login", "To the sign-in page"),
    };
}

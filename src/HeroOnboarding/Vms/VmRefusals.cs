namespace HeroOnboarding.Vms;

/// <summary>The refusals of leases.</summary>
public static class VmRefusals
{
    public static readonly Refusal QuotaExhausted = new(
        "quota.exhausted",
        409,
        "All machines of your plan are in use.",
        "Give one back, then get another."
    )
    {
        Step = new("/dashboard#services", "Your machines"),
    };
    public static readonly Refusal AllocateTooOften = new(
        "allocate.too_often",
        429,
        "You have started machines very often today.",
        "Wait until the time shown; machines you hold keep running."
    )
    {
        Sentence = figures =>
            figures.At is null
                ? null
                : $"The next machine can be started at {RefusalFigures.Instant}. Machines you hold keep running.",
    };
    public static readonly Refusal ProvisionerUnavailable = new(
        "provisioner.unavailable",
        503,
        "Machines cannot be handed out right now: no pool is set up.",
        "Nothing was charged and your slot is untouched. Ask the operator."
    )
    {
        RetryAfter = TimeSpan.FromMinutes(5),
    };
    public static readonly Refusal PoolEmpty = new(
        "pool.empty",
        503,
        "No machine is free right now.",
        "Nothing was charged and your slot is untouched. Try again in a few minutes."
    )
    {
        RetryAfter = TimeSpan.FromSeconds(60),
    };
    public static readonly Refusal MachineOver = new(
        "machine.over",
        409,
        "You do not hold this machine any more.",
        "Look at your dashboard; nothing was changed."
    );
    public static readonly Refusal ReplaceTooOften = new(
        "replace.too_often",
        429,
        "You have had machines replaced very often lately.",
        "Contact support and say what is wrong; machines you hold keep running."
    )
    {
        Sentence = figures =>
            figures.At is null
                ? null
                : $"The next machine can be replaced at {RefusalFigures.Instant}. Before that, contact support.",
    };
    public static readonly Refusal SshKeyInvalid = new(
        "ssh_key.invalid",
        422,
        "The SSH public key is not valid.",
        "Paste one line such as 'ssh-ed25519 AAAA… name'."
    );
    public static readonly Refusal AutoReleaseBraked = new(
        "auto_release.braked",
        409,
        "Auto-release has stopped itself.",
        "Look at the reason; if it is right, go on with force. Nothing was released."
    );
}

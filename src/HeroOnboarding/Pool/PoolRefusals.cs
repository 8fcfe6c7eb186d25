namespace HeroOnboarding.Pool;

/// <summary>The refusals of the pool and its machines.</summary>
public static class PoolRefusals
{
    public static readonly Refusal PoolInvalid = new(
        "pool.invalid",
        422,
        "The pool was refused; nothing was changed.",
        "Mend every entry named in 'errors' and send the whole pool again."
    );
    public static readonly Refusal PoolVmUnknown = new(
        "pool_vm.unknown",
        404,
        "There is no such pool machine.",
        "Check the id in Admin → Pool."
    );
    public static readonly Refusal PoolVmHeld = new(
        "pool_vm.held",
        409,
        "A customer holds this machine.",
        "It can be returned to the pool only after it was given back."
    );
    public static readonly Refusal PoolVmStaleLease = new(
        "pool_vm.stale_lease",
        409,
        "This speaks of an older lease of the machine.",
        "Nothing was changed. Wipe the machine again and report its current lease number."
    )
    {
        Sentence = figures =>
            figures is { Has: { } has, Needs: { } named }
                ? $"The machine is at lease {has}; the message speaks of lease {named}. Nothing was changed."
                : null,
    };
    public static readonly Refusal PoolVmUnproven = new(
        "pool_vm.unproven",
        409,
        "This machine has not answered two probes in a row.",
        "Wait for the next probes, or let the deployer say that it works again."
    )
    {
        Sentence = figures =>
            figures is { Has: { } has, Needs: { } needed }
                ? $"{has} good probes in a row; {needed} are needed. Nothing was changed."
                : null,
    };
}

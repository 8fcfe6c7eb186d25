using CsCheck;

namespace HeroOnboarding.Tests.Models;

/// <summary>Something that happens to plans, machines, the deployer or the clock.</summary>
internal abstract record PlanStep
{
    public const int Customers = 2;
    public const int Machines = 3;

    internal sealed record TopUp(int Who, long Micros) : PlanStep;

    /// <summary>
    /// What a customer asks for. With <c>Crash</c> the process dies just before or just after the commit, and comes
    /// back.
    /// </summary>
    internal sealed record Ask(Wish Want, int Who, int Which, Death Crash) : PlanStep;

    /// <summary>How the deployer answers from now on.</summary>
    internal sealed record Deployer(Mood Is) : PlanStep;

    internal sealed record Deliver : PlanStep;

    /// <summary>A machine is reported erased: for its current lease, or for the one before.</summary>
    internal sealed record Erased(int Machine, bool Late) : PlanStep;

    internal sealed record Quarantine(int Machine) : PlanStep;

    internal sealed record Lift(int Machine) : PlanStep;

    /// <summary>A round of probes; the bits say which machines answer.</summary>
    internal sealed record Probe(int Up) : PlanStep;

    /// <summary>The pool is listed again, built before whatever happened since.</summary>
    internal sealed record Refresh : PlanStep;

    internal sealed record Pass(int Hours) : PlanStep;

    /// <summary>
    /// To the microsecond at which the machines of a customer expire, or the next one, and a run of auto-release there.
    /// </summary>
    internal sealed record ToTheEnd(int Who, bool After) : PlanStep;

    internal sealed record AutoRenew : PlanStep;

    internal sealed record AutoRelease : PlanStep;

    internal sealed record Restart : PlanStep;

    internal enum Wish
    {
        Buy,
        BuyAndStart,
        Renew,
        AutoRenewOn,
        AutoRenewOff,
        Upgrade,
        Cancel,
        Take,
        GiveBack,
        Replace,
    }

    internal enum Death
    {
        None,
        BeforeCommit,
        AfterCommit,
    }

    internal enum Mood
    {
        Ready,
        Later,
        Down,
        LosesAnswers,
    }

    private static readonly Gen<int> AnyCustomer = Gen.Int[0, Customers - 1];

    /// <summary>
    /// Weights with which requests meet often enough: what is taken is given back, what is bought is renewed.
    /// </summary>
    private static readonly Gen<Wish> AnyWish = Gen.Frequency(
        (1, Gen.Const(Wish.Buy)),
        (3, Gen.Const(Wish.BuyAndStart)),
        (3, Gen.Const(Wish.Renew)),
        (1, Gen.Const(Wish.AutoRenewOn)),
        (1, Gen.Const(Wish.AutoRenewOff)),
        (1, Gen.Const(Wish.Upgrade)),
        (1, Gen.Const(Wish.Cancel)),
        (3, Gen.Const(Wish.Take)),
        (4, Gen.Const(Wish.GiveBack)),
        (1, Gen.Const(Wish.Replace))
    );
    private static readonly Gen<int> AnyMachine = Gen.Int[1, Machines];

    public static readonly Gen<PlanStep> Any = Gen.Frequency(
        (
            2,
            Gen.Select(
                AnyCustomer,
                Gen.OneOfConst(4_000_001L, 10_000_000L, 30_000_000L),
                (w, m) => (PlanStep)new TopUp(w, m / 10_000 * 10_000)
            )
        ),
        (
            20,
            Gen.Select(
                AnyWish,
                AnyCustomer,
                Gen.Int[0, 9],
                Gen.Frequency(
                    (8, Gen.Const(Death.None)),
                    (1, Gen.Const(Death.BeforeCommit)),
                    (1, Gen.Const(Death.AfterCommit))
                ),
                (wish, who, which, death) => (PlanStep)new Ask(wish, who, which, death)
            )
        ),
        (
            5,
            Gen.Select(AnyCustomer, Gen.Int[0, 9], (who, which) => (PlanStep)new Ask(Wish.Take, who, which, Death.None))
        ),
        (1, Gen.Enum<Mood>().Select(m => (PlanStep)new Deployer(m))),
        (3, Gen.Const((PlanStep)new Deliver())),
        (2, Gen.Select(AnyMachine, Gen.Bool, (m, l) => (PlanStep)new Erased(m, l))),
        (1, AnyMachine.Select(m => (PlanStep)new Quarantine(m))),
        (1, AnyMachine.Select(m => (PlanStep)new Lift(m))),
        (2, Gen.Int[0, (1 << Machines) - 1].Select(u => (PlanStep)new Probe(u | 1))),
        (1, Gen.Const((PlanStep)new Refresh())),
        (3, Gen.OneOfConst(1, 23, 24 * 6, 24 * 29).Select(h => (PlanStep)new Pass(h))),
        (2, Gen.Select(AnyCustomer, Gen.Bool, (w, a) => (PlanStep)new ToTheEnd(w, a))),
        (1, Gen.Const((PlanStep)new AutoRenew())),
        (2, Gen.Const((PlanStep)new AutoRelease())),
        (1, Gen.Const((PlanStep)new Restart()))
    );
}

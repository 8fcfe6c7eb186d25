using CsCheck;

namespace HeroOnboarding.Tests.Models;

/// <summary>
/// Something that people or other systems do. <c>Who</c> is one of a few customers, machines are numbered.
/// </summary>
internal abstract record Step
{
    public const int Customers = 3;
    public const int Machines = 6;

    internal sealed record Verify(int Who) : Step;

    internal sealed record TopUp(int Who, int Dollars) : Step;

    internal sealed record Buy(int Who, bool StartNow) : Step;

    internal sealed record Take(int Who) : Step;

    /// <summary>
    /// Under a key that was perhaps used before: then it is the same answer and nothing else happens.
    /// </summary>
    internal sealed record TakeAgain(int Who, int Key) : Step;

    /// <summary>Releases a lease of this customer, an ended lease, or a lease of another customer.</summary>
    internal sealed record GiveBack(int Who, int Which, bool Foreign) : Step;

    /// <summary>A machine is reported erased, for its current lease or for the one before.</summary>
    internal sealed record Wiped(int Machine, bool Late) : Step;

    /// <summary>A pool that lists only some machines, the one given under maintenance.</summary>
    internal sealed record Refresh(int Listed, int Maintenance) : Step;

    internal sealed record Pass(int Hours) : Step;

    internal sealed record Deliver : Step;

    internal sealed record Restart : Step;

    /// <summary>
    /// The process dies while a machine is being handed out, just before or just after the commit, and comes back.
    /// </summary>
    internal sealed record Crash(int Who, bool AfterCommit) : Step;

    /// <summary>Several callers at once, some of them the same customer.</summary>
    internal sealed record Rush(int[] Who) : Step;

    private static readonly Gen<int> Customer = Gen.Int[0, Customers - 1];

    public static readonly Gen<Step> Any = Gen.Frequency(
        (2, Customer.Select(w => (Step)new Verify(w))),
        (2, Gen.Select(Customer, Gen.OneOfConst(3, 10, 25), (w, d) => (Step)new TopUp(w, d))),
        (3, Gen.Select(Customer, Gen.Bool, (w, s) => (Step)new Buy(w, s))),
        (6, Customer.Select(w => (Step)new Take(w))),
        (2, Gen.Select(Customer, Gen.Int[0, 3], (w, k) => (Step)new TakeAgain(w, k))),
        (5, Gen.Select(Customer, Gen.Int[0, 9], Gen.Int[0, 5], (w, n, f) => (Step)new GiveBack(w, n, f == 0))),
        (4, Gen.Select(Gen.Int[1, Machines], Gen.Int[0, 4], (m, l) => (Step)new Wiped(m, l == 0))),
        (
            2,
            Gen.Select(
                Gen.Int[0, (1 << Machines) - 1],
                Gen.Int[0, Machines * 2],
                (l, m) => (Step)new Refresh(l | 0b11, m)
            )
        ),
        (2, Gen.OneOfConst(1, 7, 25, 24 * 31).Select(h => (Step)new Pass(h))),
        (1, Gen.Const((Step)new Deliver())),
        (1, Gen.Const((Step)new Restart())),
        (1, Gen.Select(Customer, Gen.Bool, (w, a) => (Step)new Crash(w, a))),
        (2, Customer.Array[2, 6].Select(w => (Step)new Rush(w)))
    );

    private static readonly Gen<bool> Mostly = Gen.Frequency((3, Gen.Const(true)), (1, Gen.Const(false)));

    /// <summary>Most customers have a plan at the start; random steps alone would rarely lead to one.</summary>
    public static Gen<Step[]> Life(int steps) =>
        Gen.Select(
            Mostly.Array[Customers],
            Any.Array[steps, steps],
            (ready, rest) =>
                (Step[])
                    [
                        .. ready.SelectMany(
                            (yes, who) =>
                                yes ? new Step[] { new Verify(who), new TopUp(who, 25), new Buy(who, false) } : []
                        ),
                        .. rest,
                    ]
        );
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Tests.Models;

/// <summary>
/// The expected state of the portal, as a few plain collections and the rules in their documented order.
/// </summary>
internal sealed class Shop(DateTimeOffset now)
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private const int PlanDollars = 10,
        PlanMachines = 5,
        HandOuts = 15;

    public sealed class Person
    {
        public bool Verified { get; set; }
        public int Dollars { get; set; }
        public DateTimeOffset? PlanEnds { get; set; }
        public List<Lease> Leases { get; } = [];
        public List<DateTimeOffset> HandedOut { get; } = [];

        /// <summary>Leases taken under the plan that runs now.</summary>
        public int Used { get; set; }
        public int PlansBought { get; set; }
        public Dictionary<int, (Lease Lease, DateTimeOffset At)> Keys { get; } = [];
    }

    public sealed record Lease(string Sid, int Machine, long Number, int Plan)
    {
        public bool Live { get; set; } = true;
    }

    public sealed class Machine
    {
        public bool Listed { get; set; } = true;
        public bool Maintenance { get; set; }
        public bool Clean { get; set; } = true;
        public Lease? Holder { get; set; }
        public long Number { get; set; }
        public DateTimeOffset FreeSince { get; set; }
    }

    public DateTimeOffset Now { get; set; } = now;
    public Person[] People { get; } = [.. Enumerable.Range(0, Step.Customers).Select(_ => new Person())];
    public SortedDictionary<int, Machine> Machines { get; } =
        new(Enumerable.Range(1, Step.Machines).ToDictionary(n => n, _ => new Machine { FreeSince = now }));
    public int Assigned { get; private set; }
    public int Released { get; private set; }

    /// <summary>Why this customer cannot have a machine now, in the order of the gates.</summary>
    public Refusal? WhyNot(Person p) =>
        !p.Verified ? AccountRefusals.KycRequired
        : p.PlanEnds is null || p.PlanEnds < Now ? PlanRefusals.PlanRequired
        : p.Used >= PlanMachines ? VmRefusals.QuotaExhausted
        : p.HandedOut.Count(t => t > Now - Day) >= HandOuts ? VmRefusals.AllocateTooOften
        : Next() is null ? VmRefusals.PoolEmpty
        : null;

    /// <summary>The machine that has been free longest.</summary>
    public int? Next() =>
        Machines
            .Where(m => IsFree(m.Value))
            .OrderBy(m => m.Value.FreeSince)
            .ThenBy(m => m.Key)
            .Select(m => (int?)m.Key)
            .FirstOrDefault();

    public int Free => Machines.Values.Count(IsFree);

    public Lease HandOut(Person p, string sid, int machine)
    {
        var vm = Machines[machine];
        var lease = new Lease(sid, machine, ++vm.Number, p.PlansBought);
        vm.Holder = lease;
        p.Leases.Add(lease);
        p.HandedOut.Add(Now);
        p.Used++;
        Assigned++;
        return lease;
    }

    public void GiveBack(Person p, Lease lease)
    {
        if (!lease.Live)
            return;
        lease.Live = false;
        var vm = Machines[lease.Machine];
        (vm.Holder, vm.Clean, vm.FreeSince) = (null, false, Now);
        if (lease.Plan == p.PlansBought)
            p.Used--;
        Released++;
    }

    public Refusal? WhyNotBuy(Person p, bool startNow)
    {
        if (!p.Verified)
            return AccountRefusals.KycRequired;
        if (p.PlanEnds >= Now)
            return PlanRefusals.PlanAlreadyActive;
        if (p.Dollars < PlanDollars)
            return CreditRefusals.CreditInsufficient;
        return startNow && Next() is null ? VmRefusals.PoolEmpty : null;
    }

    public void Buy(Person p)
    {
        p.Dollars -= PlanDollars;
        (p.PlanEnds, p.Used) = (Now + TimeSpan.FromDays(30), 0);
        p.PlansBought++;
        p.HandedOut.Clear();
    }

    public Refusal? Wiped(int machine, long number)
    {
        var vm = Machines[machine];
        if (vm.Number != number)
            return PoolRefusals.PoolVmStaleLease;
        if (vm.Holder is not null)
            return PoolRefusals.PoolVmHeld;
        if (!vm.Clean)
            (vm.Clean, vm.FreeSince) = (true, Now);
        return null;
    }

    private static bool IsFree(Machine m) => m is { Listed: true, Maintenance: false, Clean: true, Holder: null };
}

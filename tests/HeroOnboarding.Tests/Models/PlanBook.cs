namespace HeroOnboarding.Tests.Models;

/// <summary>Plans, money and machines as they should be: a few plain collections and the stated rules.</summary>
internal sealed class PlanBook(DateTimeOffset now)
{
    public static readonly TimeSpan Period = TimeSpan.FromDays(30),
        Grace = TimeSpan.FromHours(72);
    private const long Small = 10_000_000,
        Large = 20_000_000;

    public sealed class Person
    {
        public long Micros { get; set; }

        /// <summary>The plan bought last that was neither cancelled nor replaced by a larger one.</summary>
        public Plan? Plan { get; set; }
        public List<Lease> Leases { get; } = [];
        public IEnumerable<Lease> Live => Leases.Where(l => l.Live);
    }

    public sealed class Plan
    {
        public required long Price { get; init; }
        public required int Count { get; init; }
        public required DateTimeOffset End { get; set; }
        public required DateTimeOffset Expires { get; set; }
        public long Paid { get; set; }
        public bool Renews { get; set; }
        public bool Started { get; set; }
    }

    public sealed class Lease
    {
        public required string Sid { get; init; }
        public required int Machine { get; init; }
        public required long Number { get; init; }
        public required Plan Plan { get; set; }
        public required DateTimeOffset Expires { get; set; }
        public bool Live { get; set; } = true;
    }

    public sealed class Machine
    {
        public long Number { get; set; }
        public Lease? Holder { get; set; }

        /// <summary>Reported erased since the last lease.</summary>
        public bool Erased { get; set; } = true;
        public bool Quarantined { get; set; }
        public int Misses { get; set; }
        public DateTimeOffset? Good { get; set; }
    }

    public DateTimeOffset Now { get; set; } = now;
    public Person[] People { get; } = [.. Enumerable.Range(0, PlanStep.Customers).Select(_ => new Person())];
    public Dictionary<int, Machine> Machines { get; } =
        Enumerable.Range(1, PlanStep.Machines).ToDictionary(n => n, _ => new Machine());

    public bool Runs(Person p) => p.Plan is { } plan && plan.End >= Now;

    public bool MayBuy(Person p) => !Runs(p) && p.Micros >= Small;

    public bool MayRenew(Person p) =>
        p.Plan is { } plan && plan.Expires >= Now && plan.End <= Now + Period && p.Micros >= plan.Price;

    public bool MayUpgrade(Person p) => Runs(p) && p.Plan!.Count == 5 && p.Micros + Rest(p.Plan) >= Large;

    public bool MayCancel(Person p) => p.Plan is { Started: false };

    /// <summary>price × time left ÷ 30 days, in whole microseconds, rounded down.</summary>
    public long Rest(Plan plan) =>
        plan.End <= Now ? 0 : (long)((Int128)plan.Price * ((plan.End - Now).Ticks / 10) / (Period.Ticks / 10));

    public void Buy(Person p)
    {
        p.Micros -= Small;
        p.Plan = new()
        {
            Price = Small,
            Count = 5,
            Paid = Small,
            End = Now + Period,
            Expires = Now + Period + Grace,
        };
    }

    public void Renew(Person p)
    {
        var plan = p.Plan!;
        p.Micros -= plan.Price;
        plan.Paid += plan.Price;
        plan.End += Period;
        plan.Expires = plan.End + Grace;
        foreach (var lease in p.Live.Where(l => l.Plan == plan))
            lease.Expires = plan.Expires;
    }

    public void Upgrade(Person p)
    {
        var old = p.Plan!;
        p.Micros += Rest(old) - Large;
        p.Plan = new()
        {
            Price = Large,
            Count = 10,
            Paid = Large,
            End = Now + Period,
            Expires = Now + Period + Grace,
            Renews = old.Renews,
            Started = old.Started,
        };
        foreach (var lease in p.Live.Where(l => l.Plan == old))
            (lease.Plan, lease.Expires) = (p.Plan, p.Plan.Expires);
    }

    public void Cancel(Person p)
    {
        p.Micros += p.Plan!.Paid;
        p.Plan = null;
    }

    /// <summary>
    /// A machine is not handed out while it is to be erased, out of order, held, or without a good probe for five
    /// minutes.
    /// </summary>
    public void HandOut(Person p, Lease lease)
    {
        var vm = Machines[lease.Machine];
        Assert.True(
            vm is { Holder: null, Erased: true, Quarantined: false } && vm.Good >= Now - TimeSpan.FromMinutes(5),
            $"vm {lease.Machine} was handed out: erased {vm.Erased}, quarantined {vm.Quarantined}, good {vm.Good}, "
                + $"now {Now}"
        );
        Assert.Equal(vm.Number + 1, lease.Number);
        (vm.Number, vm.Holder, vm.Erased) = (lease.Number, lease, false);
        lease.Plan.Started = true;
        p.Leases.Add(lease);
        Assert.True(p.Live.Count(l => l.Plan == lease.Plan) <= lease.Plan.Count);
    }

    public void End(Lease lease)
    {
        lease.Live = false;
        Machines[lease.Machine].Holder = null;
    }

    /// <summary>Certainly free: erased, with a good probe, and not in quarantine.</summary>
    public bool AnyFree =>
        Machines.Values.Any(m =>
            m is { Holder: null, Erased: true, Quarantined: false, Misses: 0 }
            && m.Good >= Now - TimeSpan.FromMinutes(5)
        );
}

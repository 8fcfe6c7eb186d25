using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Bench.Lease;

/// <summary>The sums of a store without running requests.</summary>
internal sealed record EndState(
    long Leases,
    long Live,
    long Held,
    long Free,
    long Used,
    long LeaseNumbers,
    long Notices,
    long Audited,
    long Keys
)
{
    public static async Task<EndState> ReadAsync(Database database)
    {
        await using var db = database.Read();
        return new(
            await db.VmAllocations.LongCountAsync(),
            await db.VmAllocations.LongCountAsync(a =>
                a.Status == AllocationStatus.Active || a.Status == AllocationStatus.Pending
            ),
            await db.PoolVms.LongCountAsync(vm => vm.AllocationSid != null),
            await db.PoolVms.Claimable().LongCountAsync(),
            await db.Purchases.SumAsync(p => (long)p.Used),
            await db.PoolVms.SumAsync(vm => vm.LeaseNumber),
            await db.Outbox.LongCountAsync(),
            await db.Audit.LongCountAsync(r => r.Act == "vm.allocate" || r.Act == "vm.release"),
            await db.Idempotency.LongCountAsync()
        );
    }

    /// <summary>
    /// Checks that everything was released: no machine is held, and every hand-out has its number, both notices and
    /// both audit rows.
    /// </summary>
    /// <param name="machines">The number of machines in the pool.</param>
    /// <param name="cycles">Done since <paramref name="before"/>.</param>
    public string Judge(EndState before, long machines, long cycles)
    {
        var wrong = new List<string>();
        void Expect(string what, long is_, long want)
        {
            if (is_ != want)
                wrong.Add($"{what} {is_} instead of {want}");
        }
        Expect("live", Live, 0);
        Expect("held", Held, 0);
        Expect("used", Used, 0);
        Expect("free", Free, machines);
        Expect("leases", Leases - before.Leases, cycles);
        Expect("lease numbers", LeaseNumbers - before.LeaseNumbers, cycles);
        Expect("notices", Notices - before.Notices, cycles * 2);
        Expect("audit rows", Audited - before.Audited, cycles * 2);
        return wrong.Count == 0 ? "right" : string.Join(", ", wrong);
    }
}

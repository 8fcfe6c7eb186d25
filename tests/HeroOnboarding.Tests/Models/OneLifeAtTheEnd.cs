using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Models;

/// <summary>What is compared when a life is over.</summary>
internal sealed class OneLifeAtTheEnd(DeployedPortal at, PlanBook book, MachineSteps machines)
{
    private Portal Portal => at.Portal;

    public async Task CompareAsync(IReadOnlyList<Customer?> customers)
    {
        await Invariants.HoldAsync(Portal);
        for (var who = 0; who < PlanStep.Customers; who++)
        {
            if (customers[who] is not { } customer)
                continue;
            var (person, plan) = (book.People[who], book.People[who].Plan);
            Assert.Equal(person.Micros, await customer.BalanceAsync());
            var row = await Portal.ReadAsync(d =>
                d.Purchases.SingleOrDefaultAsync(p => p.AccountSid == customer.Sid && p.State == PurchaseState.Active)
            );
            Assert.Equal((plan?.End, plan?.Expires, plan?.Count), (row?.PeriodEnd, row?.Expiry, row?.VmCount));
            Assert.Equal(
                person.Live.Select(l => (l.Sid, l.Expires)).OrderBy(l => l.Sid, StringComparer.Ordinal),
                (await customer.LeasesAsync())
                    .Where(a => a.Status == AllocationStatus.Active)
                    .Select(a => (a.Sid, a.ExpiresAt))
            );
        }
    }

    /// <summary>
    /// Once the deployer answers and all machines respond to probes again, nothing is lost: every notice was sent under
    /// one id, and every machine is free or held.
    /// </summary>
    public async Task HealAsync()
    {
        machines.SetMood(PlanStep.Mood.Ready);
        for (var round = 0; round < 4; round++)
        {
            await machines.PassAsync(TimeSpan.FromHours(1));
            await machines.DeliverAsync();
        }
        Assert.Equal(0, await Portal.ReadAsync(d => d.Outbox.CountAsync(o => o.DoneAt == null)));
        foreach (
            var notices in at.Deployer.Calls.GroupBy(c =>
                (
                    c.Path,
                    Machine: c.Body.GetProperty("pool_vm_id").GetString(),
                    Lease: c.Body.GetProperty("lease_number").GetInt64()
                )
            )
        )
            Assert.Single(notices.Select(c => c.WebhookId).Distinct());
        foreach (var (number, vm) in book.Machines.Where(m => m.Value.Holder is not null))
            Assert.Contains($"assign {MachineSteps.Name(number)} {vm.Number}", at.Asked);
        foreach (var number in book.Machines.Keys)
            if (book.Machines[number].Number > 0)
                await machines.EraseAsync(number, late: false);
        for (var good = 0; good < 2; good++)
            await machines.ProbeAsync((1 << PlanStep.Machines) - 1);
        foreach (var number in book.Machines.Keys)
            await machines.LiftAsync(number);
        await machines.ProbeAsync((1 << PlanStep.Machines) - 1);
        Assert.Equal(
            book.Machines.Values.Count(m => m.Holder is null),
            await Portal.ReadAsync(d => d.PoolVms.Claimable(book.Now - TimeSpan.FromMinutes(5)).CountAsync())
        );
    }
}

using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Models;

/// <summary>What is compared when a life is over.</summary>
internal sealed partial class OneLife
{
    private async Task CompareAsync()
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
    /// Once everybody outside does their part again, nothing is lost: every notice has been told under one id and every
    /// machine is free or held.
    /// </summary>
    private async Task HealAsync()
    {
        SetMood(PlanStep.Mood.Ready);
        for (var round = 0; round < 4; round++)
        {
            await PassAsync(TimeSpan.FromHours(1));
            await DeliverAsync();
        }
        Assert.Equal(0, await Portal.ReadAsync(d => d.Outbox.CountAsync(o => o.DoneAt == null)));
        foreach (
            var told in at.Deployer.Calls.GroupBy(c =>
                (
                    c.Path,
                    Machine: c.Body.GetProperty("pool_vm_id").GetString(),
                    Lease: c.Body.GetProperty("lease_number").GetInt64()
                )
            )
        )
            Assert.Single(told.Select(c => c.WebhookId).Distinct());
        foreach (var (number, vm) in book.Machines.Where(m => m.Value.Holder is not null))
            Assert.Contains($"assign {Name(number)} {vm.Number}", at.Asked);
        foreach (var number in book.Machines.Keys)
            if (book.Machines[number].Number > 0)
                await EraseAsync(number, late: false);
        for (var good = 0; good < 2; good++)
            await ProbeAsync((1 << PlanStep.Machines) - 1);
        foreach (var number in book.Machines.Keys)
            await LiftAsync(number);
        await ProbeAsync((1 << PlanStep.Machines) - 1);
        Assert.Equal(
            book.Machines.Values.Count(m => m.Holder is null),
            await Portal.ReadAsync(d => d.PoolVms.Claimable(book.Now - TimeSpan.FromMinutes(5)).CountAsync())
        );
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Vms;

/// <summary>Concurrent callers: constraints and guarded statements of the database decide.</summary>
public sealed class Races
{
    [Theory, BothDatabases]
    public async Task Sixty_four_callers_for_forty_machines_get_exactly_forty(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(40));
        var customers = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(n => portal.SignUpWithPlanAsync("caller" + n))
        );
        var replies = await Task.WhenAll(customers.Select(c => c.AllocateAsync()));
        var leased = replies.Where(r => (int)r.Status == 201).ToList();
        Assert.Equal(40, leased.Count);
        Assert.Equal(40, leased.Select(r => r.Text("pool_vm_id")).Distinct().Count());
        foreach (var refused in replies.Except(leased))
            refused.ExpectRefusal(VmRefusals.PoolEmpty);
        await Invariants.HoldAsync(portal);
        Assert.Equal(40, await portal.ReadAsync(d => d.Purchases.SumAsync(p => p.Used)));
    }

    [Theory, BothDatabases]
    public async Task One_account_with_quota_five_asking_fifty_times_at_once_gets_five(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(60));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => asha.AllocateAsync()));
        Assert.Equal(5, replies.Count(r => (int)r.Status == 201));
        foreach (var refused in replies.Where(r => (int)r.Status != 201))
            refused.ExpectRefusal(VmRefusals.QuotaExhausted);
        await Invariants.HoldAsync(portal);
        Assert.Equal(5, await portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.AllocationSid != null)));
    }

    [Theory, BothDatabases]
    public async Task Twenty_releases_of_one_machine_at_once_give_one_slot_back(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var first = (await asha.AllocateAsync()).Expect(201);
        (await asha.AllocateAsync()).Expect(201);
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => asha.ReleaseAsync(first.Text("sid"))));
        Assert.All(replies, r => r.Expect(200));
        Assert.Single(replies.Select(r => r.Body).Distinct());
        Assert.Equal(1, await portal.ReadAsync(d => d.Purchases.Select(p => p.Used).SingleAsync()));
        Assert.Equal(1, await portal.ReadAsync(d => d.Outbox.CountAsync(o => o.Kind == "deployer.release")));
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Taking_giving_back_and_wiping_at_once_never_loses_or_doubles_a_machine(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(12),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "1000" }
        );
        var customers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(n => portal.SignUpWithPlanAsync("worker" + n))
        );
        var ready = portal.Services.GetService(typeof(ReadyVm)) as ReadyVm;
        var held = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();
        await Task.WhenAll(
            customers.Select(async customer =>
            {
                for (var round = 0; round < 20; round++)
                {
                    // 12 machines for 8 callers: never empty.
                    var reply = (await customer.AllocateAsync()).Expect(201);
                    var (sid, vm, lease) = (reply.Text("sid"), reply.Text("pool_vm_id"), reply.Number("lease_number"));
                    Assert.True(held.TryAdd(vm, sid), $"{vm} was handed out twice at once");
                    (await customer.ReleaseAsync(Names.NewSid(portal.Now))).ExpectRefusal(Refusals.NotFound);
                    Assert.True(held.TryRemove(vm, out _));
                    (await customer.ReleaseAsync(sid)).Expect(200);
                    Assert.False(
                        (await ready!.RunAsync(HeroOnboarding.Store.Actor.System("test"), vm, lease)).IsRefused
                    );
                }
            })
        );
        await Invariants.HoldAsync(portal);
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.SumAsync(p => p.Used)));
        Assert.Equal(
            12,
            await portal.ReadAsync(d =>
                d.PoolVms.CountAsync(vm => vm.Listed && vm.Condition == PoolCondition.Clean && vm.AllocationSid == null)
            )
        );
    }
}

/// <summary>Invariants of every store between units, checked on the rows.</summary>
public static class Invariants
{
    public static Task HoldAsync(Portal portal) => HoldAsync(portal.Database);

    public static async Task HoldAsync(HeroOnboarding.Store.Database database)
    {
        await using var d = database.Read();
        var live = await d
            .VmAllocations.Where(a => a.Status == AllocationStatus.Active || a.Status == AllocationStatus.Pending)
            .ToListAsync();
        var machines = await d.PoolVms.ToListAsync();
        var purchases = await d.Purchases.ToListAsync();
        Assert.Equal(live.Count, live.Select(a => a.PoolVmId).Distinct().Count());
        Assert.Equal(
            live.Select(a => (a.PoolVmId, a.Sid, a.LeaseNumber)).Order(),
            machines
                .Where(m => m.AllocationSid is not null)
                .Select(m => ((string?)m.Id, m.AllocationSid!, m.LeaseNumber))
                .Order()
        );
        foreach (var purchase in purchases)
            Assert.Equal(live.Count(a => a.PurchaseSid == purchase.Sid), purchase.Used);
        var (accounts, transfers) = (await d.Accounts.ToListAsync(), await d.Transfers.ToListAsync());
        foreach (var account in accounts)
            Assert.Equal(
                transfers.Where(t => t.Credit == "customer:" + account.Sid).Sum(t => t.Amount)
                    - transfers.Where(t => t.Debit == "customer:" + account.Sid).Sum(t => t.Amount),
                account.Balance
            );
        var leases = await d.VmAllocations.Select(a => new { a.PoolVmId, a.LeaseNumber }).ToListAsync();
        Assert.Equal(leases.Count, leases.Distinct().Count());
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Models;

/// <summary>Does each step on a real portal and in the model, and compares the two.</summary>
internal sealed class Life(Portal portal)
{
    private readonly Shop shop = new(portal.Now);
    private readonly Customer?[] customers = new Customer?[Step.Customers];
    private readonly DateTimeOffset[] seen = new DateTimeOffset[Step.Customers];

    public static async Task LiveAsync(Db db, IReadOnlyList<Step> steps)
    {
        await using var portal = await Portal.StartAsync(db, Pool((1 << Step.Machines) - 1, 0));
        var life = new Life(portal);
        foreach (var step in steps)
            await life.DoAsync(step);
        await life.CompareAsync();
    }

    private Task DoAsync(Step step) =>
        step switch
        {
            Step.Verify s => VerifyAsync(s.Who),
            Step.TopUp s => TopUpAsync(s.Who, s.Dollars),
            Step.Buy s => BuyAsync(s.Who, s.StartNow),
            Step.Take s => TakeAsync(s.Who, null),
            Step.TakeAgain s => TakeAsync(s.Who, s.Key),
            Step.GiveBack s => GiveBackAsync(s),
            Step.Wiped s => WipeAsync(s),
            Step.Refresh s => RefreshAsync(s),
            Step.Pass s => PassAsync(s.Hours),
            Step.Deliver => portal.DeliverAsync(),
            Step.Restart => RestartAsync(),
            Step.Crash s => CrashAsync(s.Who, s.AfterCommit),
            Step.Rush s => RushAsync(s.Who),
            _ => throw new InvalidOperationException(step.ToString()),
        };

    private async Task VerifyAsync(int who)
    {
        await (await CustomerAsync(who)).PassKycAsync();
        shop.People[who].Verified = true;
    }

    private async Task TopUpAsync(int who, int dollars)
    {
        await (await CustomerAsync(who)).TopUpAsync(dollars * 100);
        shop.People[who].Dollars += dollars;
    }

    private async Task BuyAsync(int who, bool startNow)
    {
        var person = shop.People[who];
        var reply = await (await CustomerAsync(who)).BuyPlanAsync(startNow: startNow);
        if (shop.WhyNotBuy(person, startNow) is { } no)
        {
            reply.ExpectRefusal(no);
            return;
        }
        reply.Expect(201);
        shop.Buy(person);
        if (startNow)
            HandOut(
                person,
                reply.Json.GetProperty("vm").GetProperty("sid").GetString()!,
                reply.Json.GetProperty("vm").GetProperty("pool_vm_id").GetString()!
            );
    }

    private async Task TakeAsync(int who, int? key)
    {
        var person = shop.People[who];
        var reply = await (await CustomerAsync(who)).AllocateAsync(key is null ? null : $"key-{key}");
        if (
            key is { } used
            && person.Keys.TryGetValue(used, out var before)
            && before.At >= shop.Now - TimeSpan.FromHours(24)
        )
        {
            Assert.Equal(before.Lease.Sid, reply.Expect(201).Text("sid"));
            return;
        }
        if (shop.WhyNot(person) is { } no)
            reply.ExpectRefusal(no);
        else
        {
            var lease = HandOut(person, reply.Expect(201).Text("sid"), reply.Text("pool_vm_id"));
            if (key is { } fresh)
                person.Keys[fresh] = (lease, shop.Now);
        }
    }

    private async Task GiveBackAsync(Step.GiveBack step)
    {
        var owner = shop.People[step.Foreign ? (step.Who + 1) % Step.Customers : step.Who];
        if (owner.Leases.Count == 0)
            return;
        var lease = owner.Leases[step.Which % owner.Leases.Count];
        var reply = await (await CustomerAsync(step.Who)).ReleaseAsync(lease.Sid);
        if (step.Foreign)
            reply.ExpectRefusal(Refusals.NotFound);
        else
        {
            reply.Expect(200);
            shop.GiveBack(owner, lease);
        }
    }

    private async Task WipeAsync(Step.Wiped step)
    {
        var number = Math.Max(0, shop.Machines[step.Machine].Number - (step.Late ? 1 : 0));
        var reply = await portal.AdminPostAsync(
            "/admin/pool-vm-ready",
            new { pool_vm_id = Name(step.Machine), lease_number = number }
        );
        if (shop.Wiped(step.Machine, number) is { } no)
            reply.ExpectRefusal(no);
        else
            reply.Expect(200);
    }

    private async Task RefreshAsync(Step.Refresh step)
    {
        (await portal.RefreshPoolAsync(Pool(step.Listed, step.Maintenance))).Expect(200);
        foreach (var (number, vm) in shop.Machines)
            if (vm.Listed = (step.Listed >> (number - 1) & 1) == 1)
                vm.Maintenance = number == step.Maintenance;
    }

    private Task PassAsync(int hours)
    {
        portal.Clock.Advance(TimeSpan.FromHours(hours));
        shop.Now = portal.Now;
        return Task.CompletedTask;
    }

    private async Task RestartAsync()
    {
        await portal.RestartAsync();
        for (var who = 0; who < customers.Length; who++)
            customers[who] = customers[who]?.Again();
    }

    private async Task CrashAsync(int who, bool afterCommit)
    {
        var (person, customer) = (shop.People[who], await CustomerAsync(who));
        portal.Crash.Hook = (point, act) =>
        {
            if (act == "vm.allocate" && point == (afterCommit ? "after commit" : "before commit"))
                throw new InvalidTimeZoneException("The process dies here.");
        };
        var reply = await customer.AllocateAsync();
        if (shop.WhyNot(person) is { } no)
            reply.ExpectRefusal(no);
        else
        {
            reply.Expect(500);
            if (afterCommit)
            {
                var newest = await portal.ReadAsync(d =>
                    d.VmAllocations.Where(a => a.UserSid == customer.Sid).OrderByDescending(a => a.Sid).FirstAsync()
                );
                HandOut(person, newest.Sid, newest.PoolVmId!);
            }
        }
        await RestartAsync();
    }

    /// <summary>Which callers get a machine is not defined; how many get one is.</summary>
    private async Task RushAsync(int[] who)
    {
        var callers = new List<(Shop.Person Person, Customer Customer)>();
        foreach (var one in who)
            callers.Add((shop.People[one], await CustomerAsync(one)));
        var free = shop.Free;
        var replies = await Task.WhenAll(
            callers.Select(async c => (c.Person, Reply: await c.Customer.AllocateAsync()))
        );
        foreach (
            var (person, reply) in replies
                .Where(r => (int)r.Reply.Status == 201)
                .OrderBy(r => r.Reply.Text("sid"), StringComparer.Ordinal)
        )
        {
            Assert.Null(shop.WhyNot(person));
            var machine = Number(reply.Text("pool_vm_id"));
            Assert.Null(shop.Machines[machine].Holder);
            shop.HandOut(person, reply.Text("sid"), machine);
            free--;
        }
        Assert.Equal(shop.Free, free);
        foreach (var (person, reply) in replies.Where(r => (int)r.Reply.Status != 201))
            reply.ExpectRefusal(
                shop.WhyNot(person) ?? throw new InvalidOperationException("Refused without a reason: " + reply.Body)
            );
    }

    private Shop.Lease HandOut(Shop.Person person, string sid, string vm)
    {
        Assert.Equal(shop.Next(), Number(vm));
        return shop.HandOut(person, sid, Number(vm));
    }

    private async Task CompareAsync()
    {
        await Invariants.HoldAsync(portal);
        var machines = await portal.ReadAsync(d => d.PoolVms.OrderBy(vm => vm.Id).ToListAsync());
        Assert.Equal(
            shop.Machines.Select(m =>
                (Name(m.Key), m.Value.Listed, m.Value.Clean, m.Value.Holder?.Sid, m.Value.Number)
            ),
            machines.Select(m => (m.Id, m.Listed, m.Condition == PoolCondition.Clean, m.AllocationSid, m.LeaseNumber))
        );
        for (var who = 0; who < Step.Customers; who++)
            if (customers[who] is { } customer)
                Assert.Equal(
                    shop.People[who].Dollars * 1_000_000L,
                    await portal.ReadAsync(d =>
                        d.Accounts.Where(a => a.Sid == customer.Sid).Select(a => a.Balance).SingleAsync()
                    )
                );
        Assert.Equal(
            (shop.Assigned, shop.Released),
            await portal.ReadAsync(async d =>
                (
                    await d.Outbox.CountAsync(o => o.Kind == "deployer.assign"),
                    await d.Outbox.CountAsync(o => o.Kind == "deployer.release")
                )
            )
        );
        Assert.Equal(shop.People.Sum(p => p.PlansBought), await portal.ReadAsync(d => d.Purchases.CountAsync()));
        await portal.DeliverAsync();
        Assert.Equal(0, await portal.ReadAsync(d => d.Outbox.CountAsync(o => o.DoneAt == null)));
    }

    /// <summary>Signed in, again where the session has ended.</summary>
    private async Task<Customer> CustomerAsync(int who)
    {
        if (customers[who] is null || shop.Now - seen[who] > TimeSpan.FromHours(6))
            (customers[who], seen[who]) = (await portal.SignUpAsync($"person{who}", $"{who + 1}"), shop.Now);
        return customers[who]!;
    }

    private static string Name(int machine) => $"vm-{machine:0000}";

    private static int Number(string vm) => int.Parse(vm[3..]);

    private static string Pool(int listed, int maintenance) =>
        "["
        + string.Join(
            ',',
            Enumerable
                .Range(1, Step.Machines)
                .Where(n => (listed >> (n - 1) & 1) == 1)
                .Select(n =>
                    $$"""{"id":"{{Name(n)}}","status":"{{(n == maintenance ? "maintenance" : "available")}}"}"""
                )
        )
        + "]";
}

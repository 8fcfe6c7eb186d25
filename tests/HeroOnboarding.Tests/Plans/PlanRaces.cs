using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>All changes of a plan concurrently; credit and quota stay exact.</summary>
public sealed class PlanRaces
{
    [Theory, BothDatabases]
    public async Task Ten_renewals_of_one_end_and_the_job_renew_it_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        await asha.TopUpAsync(9000);
        (await asha.PostAsync("/plan/auto-renew", new { on = true })).Expect(200);
        var plan = await asha.PlanAsync();
        portal.MoveTo(plan.PeriodEnd.AddHours(-1));
        asha = await asha.BackAsync("asha");
        var job = portal.RunJobAsync("plans.auto_renew");
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ => asha.PostAsync("/plan/renew", new { period_end = Instants.ToMicros(plan.PeriodEnd) }))
        );
        var byItself = (await job)!.Report.Contains("1 renewed", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(1, byItself + replies.Count(r => (int)r.Status == 200));
        Assert.All(replies.Where(r => (int)r.Status != 200), r => r.ExpectRefusal(PlanRefusals.PlanRenewed));
        Assert.Equal(
            (1, plan.PeriodEnd.AddDays(30), 80_000_000),
            ((await asha.PlanAsync()).Renewals, (await asha.PlanAsync()).PeriodEnd, await asha.BalanceAsync())
        );
        Assert.All(await asha.LeasesAsync(), a => Assert.Equal(plan.Expiry.AddDays(30), a.ExpiresAt));
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Cancelling_and_starting_at_once_does_one_of_both(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(30));
        var people = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => portal.SignUpWithPlanAsync("person" + n)));
        await Task.WhenAll(
            people.Select(async p =>
            {
                var replies = await Task.WhenAll(
                    p.PostAsync("/plan/cancel", new { }),
                    p.AllocateAsync(),
                    p.PostAsync("/plan/cancel", new { }),
                    p.AllocateAsync()
                );
                var (cancelled, started) = (
                    replies.Count(r => r.Body.Contains("refund_cents", StringComparison.Ordinal)),
                    replies.Count(r => (int)r.Status == 201)
                );
                Assert.True((cancelled, started) is (1, 0) or (0, 2), string.Join('\n', replies.Select(r => r.Body)));
                Assert.Equal(cancelled * 10_000_000, await p.BalanceAsync());
            })
        );
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Upgrading_while_machines_come_and_go_keeps_the_quota_exact(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(60),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "100" }
        );
        var people = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(n => portal.SignUpWithMachinesAsync("person" + n, 3))
        );
        await Task.WhenAll(
            people.Select(async p =>
            {
                await p.TopUpAsync(6000);
                var leases = await p.LeasesAsync();
                var work = new List<Task<Reply>>
                {
                    p.PostAsync("/plan/upgrade", new { plan_id = "vms-10" }),
                    p.PostAsync("/plan/upgrade", new { plan_id = "vms-10" }),
                    p.PostAsync("/plan/renew", new { }),
                };
                work.AddRange(leases.Select(a => p.ReleaseAsync(a.Sid)));
                work.AddRange(Enumerable.Range(0, 4).Select(_ => p.AllocateAsync()));
                var replies = await Task.WhenAll(work);
                Assert.Single(replies.Take(2), r => (int)r.Status == 201);
                Assert.All(replies.Skip(3).Take(3), r => r.Expect(200));
                Assert.All(
                    await p.LeasesAsync(),
                    a => Assert.Equal(AllocationStatus.Released == a.Status, a.ReleasedAt is not null)
                );
            })
        );
        await Invariants.HoldAsync(portal);
        foreach (var person in people)
        {
            var plan = await person.PlanAsync();
            Assert.Equal(10, plan.VmCount);
            Assert.All(
                (await person.LeasesAsync()).Where(a => a.IsLive),
                a => Assert.Equal((plan.Sid, plan.Expiry), (a.PurchaseSid, a.ExpiresAt))
            );
        }
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
    }

    [Theory, BothDatabases]
    public async Task A_release_that_waited_for_an_upgrade_gives_the_slot_to_the_new_plan(Db db)
    {
        if (db == Db.Sqlite)
            return; // One at a time there; the test above holds it.
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithMachinesAsync("asha", 2);
        var plan = await asha.PlanAsync();
        await using var other = portal.Database.OpenWrite();
        await using var upgrading = await other.Database.BeginTransactionAsync();
        // What an upgrade writes, in its order.
        await other.Database.ExecuteSqlRawAsync(
            "UPDATE purchases SET state = 'ended', used = 0 WHERE sid = {0}",
            plan.Sid
        );
        await other.Database.ExecuteSqlRawAsync(
            "INSERT INTO purchases (sid, account_sid, plan_id, price, vm_count, used, state, started_at, period_end) "
                + "SELECT 'next', account_sid, 'vms-10', price, 10, 2, 'active', started_at, period_end FROM "
                + "purchases WHERE sid = {0}",
            plan.Sid
        );
        await other.Database.ExecuteSqlRawAsync(
            "UPDATE vm_allocations SET purchase_sid = 'next' WHERE purchase_sid = {0}",
            plan.Sid
        );
        var releasing = asha.ReleaseAsync((await asha.LeasesAsync())[0].Sid);
        await portal.SomebodyWaitsAsync();
        Assert.False(releasing.IsCompleted);
        await upgrading.CommitAsync();
        (await releasing).Expect(200);
        Assert.Equal(
            (0, 1),
            await portal.ReadAsync(async d =>
                (
                    await d.Purchases.Where(p => p.Sid == plan.Sid).Select(p => p.Used).SingleAsync(),
                    await d.Purchases.Where(p => p.Sid == "next").Select(p => p.Used).SingleAsync()
                )
            )
        );
        await Invariants.HoldAsync(portal);
    }

    public static TheoryData<Db, string, string> Crashes { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from act in new[] { "plan.renew", "plan.upgrade", "plan.cancel", "vm.expire" }
            from point in new[] { "before commit", "after commit" }
            select (db, act, point)
        );

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task A_crash_in_the_middle_ends_the_same_as_none(Db db, string act, string point)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", act == "plan.cancel" ? 0 : 1);
        await asha.TopUpAsync(5000);
        if (act == "vm.expire")
            await portal.LetExpireAsync(asha);
        Task<Reply> DoAsync() =>
            act switch
            {
                "plan.renew" => asha.PostAsync("/plan/renew", new { }, "key"),
                "plan.upgrade" => asha.PostAsync("/plan/upgrade", new { plan_id = "vms-10" }, "key"),
                "plan.cancel" => asha.PostAsync("/plan/cancel", new { }, "key"),
                _ => portal.AutoReleaseAsync(),
            };
        portal.Crash.Hook = (at, what) =>
        {
            if (at == point && what == act)
                throw new InvalidOperationException("crash");
        };
        var crashed = await DoAsync();
        Assert.Equal(act == "vm.expire" ? 200 : 500, (int)crashed.Status);
        portal.Crash.Hook = null;
        await portal.RestartAsync();
        asha = asha.Again();
        var again = await DoAsync();
        Assert.True((int)again.Status is 200 or 201, again.Body);
        Assert.Equal(
            act switch
            {
                "plan.renew" => 40_000_000,
                "plan.upgrade" => 40_000_000,
                "plan.cancel" => 60_000_000,
                _ => 50_000_000,
            },
            await asha.BalanceAsync()
        );
        Assert.Equal(
            1,
            await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == act && r.Detail != "{\"repeated\":true}"))
        );
        Assert.Equal(
            act == "vm.expire" ? 1 : 0,
            await portal.ReadAsync(d => d.VmAllocations.CountAsync(a => a.Status == AllocationStatus.Released))
        );
        await Invariants.HoldAsync(portal);
    }
}

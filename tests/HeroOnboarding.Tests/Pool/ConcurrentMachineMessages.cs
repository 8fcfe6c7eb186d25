using System.Net;
using HeroOnboarding.Accounts;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using DeployerAnswer = HeroOnboarding.Simulators.Deployer.DeployerAnswer;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Concurrent messages of operators, deployer and notices about one machine.</summary>
public sealed class ConcurrentMachineMessages
{
    /// <summary>Only PostgreSQL lets two units work at once.</summary>
    [Fact]
    public async Task Erased_while_a_quarantine_is_being_lifted_is_not_lost()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, Portal.Machines(1));
        await ComingBackClean.UsedOnceAsync(portal);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-quarantine",
                new { pool_vm_id = "vm-0001", reason = "looks odd" }
            )
        ).Expect(200);
        await using var lifting = portal.Database.OpenWrite();
        await using (var transaction = await lifting.Database.BeginTransactionAsync())
        {
            // What lifting does, held just before its COMMIT.
            await lifting.Database.ExecuteSqlRawAsync(
                "UPDATE pool_vms SET condition = 'recycling', condition_reason = NULL, quarantined_at = NULL WHERE "
                    + "id = 'vm-0001'"
            );
            var erased = portal.AdminPostAsync(
                "/admin/pool-vm-ready",
                new { pool_vm_id = "vm-0001", lease_number = 1 }
            );
            await portal.SomebodyWaitsAsync();
            await transaction.CommitAsync();
            Assert.Equal("clean", (await erased).Expect(200).Text("condition"));
        }
        var vm = await portal.ReadAsync(d => d.PoolVms.SingleAsync());
        Assert.Equal((PoolCondition.Clean, 1L), (vm.Condition, vm.WipedLease));
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync(a => a.ErasedAt != null)));
    }

    [Theory, BothDatabases]
    public async Task A_quarantined_machine_is_erased_once_and_a_repetition_changes_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        await ComingBackClean.UsedOnceAsync(portal);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-quarantine",
                new { pool_vm_id = "vm-0001", reason = "looks odd" }
            )
        ).Expect(200);
        var erased = portal.Now;
        for (var n = 0; n < 2; n++)
        {
            (
                await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })
            ).Expect(200);
            var vm = await portal.ReadAsync(d => d.PoolVms.SingleAsync());
            Assert.Equal((PoolCondition.Quarantined, erased), (vm.Condition, vm.WipedAt!.Value));
            portal.Clock.Advance(TimeSpan.FromHours(1));
        }
    }

    /// <summary>A customer holds the machine, so the erasure was not of this lease.</summary>
    [Theory, BothDatabases]
    public async Task A_quarantined_machine_that_is_held_cannot_have_been_erased(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithMachinesAsync("asha", 1);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-quarantine",
                new { pool_vm_id = "vm-0001", reason = "looks odd" }
            )
        ).Expect(200);
        var before = await portal.FactsAsync();
        foreach (var lift in new[] { false, true })
            (
                await portal.AdminPostAsync(
                    "/admin/pool-vm-ready",
                    new
                    {
                        pool_vm_id = "vm-0001",
                        lease_number = 1,
                        lift_quarantine = lift,
                    }
                )
            ).ExpectRefusal(PoolRefusals.PoolVmHeld);
        Assert.Equal(before, await portal.FactsAsync());
        Assert.Null(await portal.ReadAsync(d => d.PoolVms.Select(v => v.WipedLease).SingleAsync()));
        Assert.Null((await asha.LeasesAsync())[0].ErasedAt);
    }

    [Theory, BothDatabases]
    public async Task An_erasure_that_fails_again_after_a_quarantine_is_asked_for_again(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db);
        at.Deployer.Release.Always = DeployerAnswer.Accepted;
        await ComingBackClean.UsedOnceAsync(at.Portal);
        await at.Portal.DeliverAsync();
        for (var round = 1; round <= 2; round++)
        {
            Assert.Equal(
                HttpStatusCode.OK,
                await at.Deployer.Tells.WipeFailedAsync("vm-0001", 1, "disk error", "failure-" + round)
            );
            await at.Portal.DeliverAsync();
            Assert.Equal(
                (PoolCondition.Recycling, 1),
                await at.Portal.ReadAsync(async d =>
                    (await d.PoolVms.SingleAsync()) is var vm ? (vm.Condition, vm.WipeFailures) : default
                )
            );
            (
                await at.Portal.AdminPostAsync(
                    "/admin/pool-vm-quarantine",
                    new { pool_vm_id = "vm-0001", reason = "disk looks odd" }
                )
            ).Expect(200);
            (
                await at.Portal.AdminPostAsync(
                    "/admin/pool-vm-lift",
                    new { pool_vm_id = "vm-0001", reason = "disk replaced" }
                )
            ).Expect(200);
        }
        Assert.Equal(["release vm-0001 1", "release vm-0001 1", "release vm-0001 1"], at.Asked);
    }

    [Theory, BothDatabases]
    public async Task A_machine_that_an_operator_called_erased_is_not_wiped_by_a_notice_that_was_held_up(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db);
        var (asha, _) = await ComingBackClean.UsedOnceAsync(at.Portal);
        (at.Deployer.Assign.Always, at.Deployer.Release.Always) = (new DeployerAnswer(503), new DeployerAnswer(503));
        await at.Portal.DeliverAsync();
        (
            await at.Portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })
        ).Expect(200);
        var before = at.Asked.Count;
        (at.Deployer.Assign.Always, at.Deployer.Release.Always) = (DeployerAnswer.Ok, DeployerAnswer.Ok);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(11));
        await at.Portal.DeliverAsync();
        // Free, and perhaps handed out while a deployer begins to wipe: nothing is sent.
        Assert.Equal(before, at.Asked.Count);
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Outbox.CountAsync(o => o.DoneAt == null)));
        Assert.Equal(2, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
    }

    [Theory, BothDatabases]
    public async Task A_newer_hand_out_notice_waits_for_an_older_one_that_is_on_its_way(Db db)
    {
        await using var at = await DeployedPortal.StartAsync(db);
        var asha = await at.Portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        await at.Portal.DeliverAsync();
        await IdentityAsync(at.Portal, asha, "400:1234::1");
        var older = await at.Portal.ReadAsync(d =>
            d.Outbox.Where(o => o.DoneAt == null).Select(o => o.Sid).SingleAsync()
        );
        // A runner of the outbox has taken it, and its call hangs.
        await at.Portal.AcceptsAsync(
            "UPDATE outbox SET lease_until = {0} WHERE sid = {1}",
            Instants.ToMicros(at.Portal.Now.AddMinutes(2)),
            older
        );
        at.Portal.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await IdentityAsync(at.Portal, asha, null);
        var before = at.Deployer.Calls.Count;
        await at.Portal.DeliverAsync();
        Assert.Equal(before, at.Deployer.Calls.Count);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(11));
        await at.Portal.DeliverAsync();
        // The runner died: its notice is stale, and the newer one decides.
        var sent = Assert.Single(at.Deployer.Calls.Skip(before));
        Assert.False(sent.Body.TryGetProperty("mycelium_address", out var address) && address.GetString() is not null);
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Outbox.CountAsync(o => o.DoneAt == null)));
    }

    private static Task IdentityAsync(Portal portal, Customer customer, string? address) =>
        portal.Units.RunAsync(
            "test.identity",
            Actor.System("test"),
            async unit =>
            {
                var account = (await unit.LockAccountAsync(customer.Sid))!;
                account.MyceliumAddress = address;
                await LeaseNotices.AssignAgainAsync(unit, account);
            }
        );
}

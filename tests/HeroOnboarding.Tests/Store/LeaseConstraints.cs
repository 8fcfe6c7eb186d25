using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>Machines, leases and quota: the schema refuses invalid rows.</summary>
public sealed class LeaseConstraints
{
    private const string AnotherLease = """
        INSERT INTO vm_allocations (sid, user_sid, purchase_sid, plan_id, provisioner, pool_vm_id, lease_number,
          status, cost,
          created_at, expires_at)
        SELECT {1}, user_sid, purchase_sid, plan_id, provisioner, pool_vm_id, lease_number, {2}, cost, created_at,
          expires_at
        FROM vm_allocations WHERE sid = {0}
        """;

    private const string AnotherPurchase = """
        INSERT INTO purchases (sid, account_sid, plan_id, price, vm_count, used, state, started_at, period_end)
        SELECT {1}, account_sid, plan_id, price, vm_count, 0, {2}, started_at, period_end FROM purchases WHERE sid = {0}
        """;

    [Theory, BothDatabases]
    public async Task A_machine_has_at_most_one_live_allocation(Db db)
    {
        await using var held = await Held.StartAsync(db);
        foreach (var live in new[] { "Active", "Pending" })
            await held.Portal.RefusesAsync(
                Breach.Duplicate,
                "ux_vm_allocations_live",
                AnotherLease,
                held.Lease,
                "another",
                live
            );
        await held.Portal.AcceptsAsync(AnotherLease, held.Lease, "ended", "Released");
        await held.Portal.RefusesAsync(
            Breach.Duplicate,
            "ux_vm_allocations_live",
            "UPDATE vm_allocations SET status = 'Active' WHERE sid = 'ended'"
        );
    }

    [Theory, BothDatabases]
    public async Task An_allocation_holds_one_machine(Db db)
    {
        await using var held = await Held.StartAsync(db);
        await held.Portal.RefusesAsync(
            Breach.Duplicate,
            "ux_pool_vms_allocation",
            "UPDATE pool_vms SET allocation_sid = {0} WHERE id = 'vm-0002'",
            held.Lease
        );
        await held.Portal.AcceptsAsync(
            "UPDATE pool_vms SET allocation_sid = {0} WHERE id = 'vm-0002'",
            "somebody-else"
        );
    }

    [Theory, BothDatabases]
    public async Task An_alarm_is_open_once(Db db)
    {
        const string raise =
            "INSERT INTO alarms (sid, key, text, raised_at, cleared_at) VALUES ({0}, 'pool.low', 'few', 1, NULL)";
        await using var portal = await Portal.StartAsync(db);
        await portal.AcceptsAsync(raise, "first");
        await portal.RefusesAsync(Breach.Duplicate, "ux_alarms_open", raise, "second");
        await portal.AcceptsAsync("UPDATE alarms SET cleared_at = 2");
        await portal.AcceptsAsync(raise, "second");
    }

    [Theory, BothDatabases]
    public async Task A_quota_is_never_exceeded_and_never_negative(Db db)
    {
        await using var held = await Held.StartAsync(db);
        await held.Portal.AcceptsAsync("UPDATE purchases SET used = vm_count");
        await held.Portal.RefusesAsync(Breach.Check, "ck_purchases_quota", "UPDATE purchases SET used = used + 1");
        await held.Portal.RefusesAsync(Breach.Check, "ck_purchases_quota", "UPDATE purchases SET used = -1");
        await held.Portal.RefusesAsync(Breach.Check, "ck_purchases_quota", "UPDATE purchases SET vm_count = used - 1");
        await held.Portal.RefusesAsync(Breach.Check, "ck_purchases_price", "UPDATE purchases SET price = -1");
    }

    [Theory, BothDatabases]
    public async Task An_account_has_one_active_purchase(Db db)
    {
        await using var held = await Held.StartAsync(db);
        await held.Portal.RefusesAsync(
            Breach.Duplicate,
            "ux_purchases_active",
            AnotherPurchase,
            held.Purchase,
            "second",
            "active"
        );
        await held.Portal.AcceptsAsync(AnotherPurchase, held.Purchase, "older", "ended");
        await held.Portal.RefusesAsync(
            Breach.Duplicate,
            "ux_purchases_active",
            "UPDATE purchases SET state = 'active' WHERE sid = 'older'"
        );
    }

    [Theory, BothDatabases]
    public async Task Unknown_states_of_machines_and_leases_are_refused(Db db)
    {
        await using var held = await Held.StartAsync(db);
        foreach (var status in new[] { "broken", "Available", "" })
            await held.Portal.RefusesAsync(
                Breach.Check,
                "ck_pool_vms_status",
                "UPDATE pool_vms SET status = {0} WHERE id = 'vm-0002'",
                status
            );
        foreach (var condition in new[] { "dirty", "Clean", "" })
            await held.Portal.RefusesAsync(
                Breach.Check,
                "ck_pool_vms_condition",
                "UPDATE pool_vms SET condition = {0} WHERE id = 'vm-0002'",
                condition
            );
        foreach (var status in new[] { "active", "Gone", "" })
            await held.Portal.RefusesAsync(
                Breach.Check,
                "ck_vm_allocations_status",
                "UPDATE vm_allocations SET status = {0} WHERE sid = {1}",
                status,
                held.Lease
            );
        await held.Portal.RefusesAsync(Breach.Check, "ck_pool_vms_lease", "UPDATE pool_vms SET lease_number = -1");
    }

    [Theory, BothDatabases]
    public async Task A_lease_speaks_of_a_machine_an_account_and_a_purchase_that_exist(Db db)
    {
        await using var held = await Held.StartAsync(db);
        foreach (var column in new[] { "pool_vm_id", "user_sid", "purchase_sid" })
            await held.Portal.RefusesAsync(
                Breach.ForeignKey,
                column,
                $"UPDATE vm_allocations SET {column} = 'nobody' WHERE sid = {{0}}",
                held.Lease
            );
        await held.Portal.RefusesAsync(Breach.ForeignKey, "account_sid", "UPDATE purchases SET account_sid = 'nobody'");
        await held.Portal.RefusesAsync(Breach.ForeignKey, "account_sid", "UPDATE sessions SET account_sid = 'nobody'");
    }

    [Theory, BothDatabases]
    public async Task Rows_that_others_speak_of_are_not_deleted(Db db)
    {
        await using var held = await Held.StartAsync(db);
        await held.Portal.RefusesAsync(Breach.ForeignKey, "", "DELETE FROM accounts");
        await held.Portal.RefusesAsync(Breach.ForeignKey, "", "DELETE FROM purchases");
        await held.Portal.RefusesAsync(Breach.ForeignKey, "", "DELETE FROM pool_vms WHERE id = 'vm-0001'");
        Assert.Equal(1, await held.Portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }
}

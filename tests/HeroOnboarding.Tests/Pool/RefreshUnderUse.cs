using System.Collections.Concurrent;
using System.Text.Json;
using HeroOnboarding.Configuration;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>The whole pool is refreshed while customers use it.</summary>
public sealed class RefreshUnderUse
{
    [Theory, BothDatabases]
    public async Task A_refresh_of_ten_thousand_machines_disturbs_no_lease_and_is_never_a_false_empty(Db db)
    {
        // 40 machines are on offer in every version, 8 callers hold or wipe one each: at least 32 are claimable at all
        // times, and not many more.
        await using var portal = await Portal.StartAsync(
            db,
            Pool(0, 10_000, "a"),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "100000" }
        );
        var customers = await Task.WhenAll(Enumerable.Range(0, 7).Select(n => portal.SignUpWithPlanAsync("busy" + n)));
        var kept = (await (await portal.SignUpWithPlanAsync("holder")).AllocateAsync()).Expect(201);
        using var stop = new CancellationTokenSource();
        var held = new ConcurrentDictionary<string, bool>();
        var leases = 0;
        async Task LeaseAsync(Customer customer)
        {
            while (!stop.IsCancellationRequested)
            {
                await LeaseOnceAsync(portal, customer, held);
                Interlocked.Increment(ref leases);
            }
        }
        var callers = customers.Select(LeaseAsync).ToList();
        // Each drops 2,500 machines, adds 2,500 and changes the 7,500 that stay, those on offer among them.
        foreach (var (from, name) in new[] { (2_500, "b"), (5_000, "c"), (2_500, "d"), (0, "e"), (2_500, "f") })
        {
            var reply = (await portal.RefreshPoolAsync(Pool(from, 10_000, name))).Expect(200);
            Assert.Equal("""{"prev_pool_size":10000,"pool_size":10000}""", reply.Body);
            Assert.True(
                callers.All(c => !c.IsFaulted),
                callers.FirstOrDefault(c => c.IsFaulted)?.Exception?.ToString()
            );
        }
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        Assert.True(leases > 50, $"only {leases} leases while refreshing");
        await Invariants.HoldAsync(portal);
        var holder = await portal.ReadAsync(d => d.PoolVms.SingleAsync(vm => vm.Id == kept.Text("pool_vm_id")));
        Assert.Equal(kept.Text("sid"), holder.AllocationSid);
        Assert.Equal(10_000, await portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.Listed)));
        Assert.Equal(0, await portal.ReadAsync(d => d.PoolStaging.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task What_a_large_refresh_writes_ahead_is_details_only_and_is_told_as_one(Db db)
    {
        const int size = (RefreshPool.Chunk * 2) + 500;
        string Version(string name, string status) =>
            "["
            + string.Join(
                ',',
                Enumerable
                    .Range(1, size)
                    .Select(n =>
                        $$"""{"id":"vm-{{n}}","node":"{{name}}","status":"{{(n > 10 ? status : "available")}}"}"""
                    )
            )
            + "]";
        await using var portal = await Portal.StartAsync(db, Version("a", "maintenance"));
        // One part fails, so there is no switch: some machines have their new details, none has become available.
        portal.Crash.Hook = (point, act) =>
        {
            if (point == "before commit" && act == "pool.refresh" && Interlocked.Increment(ref units) == 3)
                throw new InvalidTimeZoneException();
        };
        await portal.RefreshPoolAsync(Version("b", "available"));
        portal.Crash.Hook = null;
        var (free, changed) = await portal.ReadAsync(async d =>
            (await d.PoolVms.Claimable().CountAsync(), await d.PoolVms.CountAsync(vm => vm.Node == "b"))
        );
        Assert.Equal(10, free);
        Assert.InRange(changed, 1, size - 1);
        (await portal.RefreshPoolAsync(Version("c", "available"))).Expect(200);
        Assert.Equal(
            (size, size),
            await portal.ReadAsync(async d =>
                (await d.PoolVms.Claimable().CountAsync(), await d.PoolVms.CountAsync(vm => vm.Node == "c"))
            )
        );
        var told = await portal.ReadAsync(d => d.PoolRefreshes.OrderByDescending(r => r.Sid).FirstAsync());
        Assert.Equal((size, 0, 0, size), (told.Kept, told.Added, told.Removed, told.Changed));
    }

    private int units;

    [Theory, BothDatabases]
    public async Task A_held_machine_that_is_dropped_stays_held_with_its_own_copies_and_never_comes_back_by_itself(
        Db db
    )
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        Assert.Equal(
            """{"prev_pool_size":1,"pool_size":1}""",
            (await portal.RefreshPoolAsync(Portal.Machines(1, from: 2))).Expect(200).Body
        );
        var (vm, copy) = await portal.ReadAsync(async d =>
            (await d.PoolVms.SingleAsync(v => v.Id == "vm-0001"), await d.VmAllocations.SingleAsync())
        );
        Assert.False(vm.Listed);
        Assert.Equal(lease.Text("sid"), vm.AllocationSid);
        Assert.Equal("https://vm-0001.example.org/", copy.CockpitUrl);
        (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
        (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })).Expect(
            200
        );
        Assert.Equal("vm-0002", (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
    }

    [Theory, BothDatabases]
    public async Task A_refresh_changes_what_is_handed_out_next_but_not_what_is_held(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (
            await portal.RefreshPoolAsync(
                """{"pool":[{"id":"vm-0001","cockpit_url":"https://new.example.org/"},"""
                    + """{"id":"vm-0002","cockpit_url":""}]}"""
            )
        ).Expect(200);
        Assert.Equal(
            "https://vm-0001.example.org/",
            await portal.ReadAsync(d => d.VmAllocations.Select(a => a.CockpitUrl).SingleAsync())
        );
        Assert.False((await asha.AllocateAsync()).Expect(201).Json.TryGetProperty("cockpit_url", out _));
    }

    [Theory, BothDatabases]
    public async Task Maintenance_is_counted_but_never_handed_out(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            """[{"id":"a","status":"Maintenance"},{"id":"b","status":"AVAILABLE"}]"""
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        Assert.Equal("b", (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(
            """{"prev_pool_size":2,"pool_size":2}""",
            (await portal.RefreshPoolAsync("""[{"id":"a"},{"id":"b"}]""")).Body
        );
        Assert.Equal("a", (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id"));
    }

    [Theory, BothDatabases]
    public async Task Machines_rotate_the_one_that_was_free_longest_goes_first(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var order = new List<string>();
        for (var round = 0; round < 6; round++)
        {
            var lease = (await asha.AllocateAsync()).Expect(201);
            order.Add(lease.Text("pool_vm_id"));
            portal.Clock.Advance(TimeSpan.FromSeconds(1));
            (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
            (
                await portal.AdminPostAsync(
                    "/admin/pool-vm-ready",
                    new { pool_vm_id = order[^1], lease_number = lease.Number("lease_number") }
                )
            ).Expect(200);
        }
        Assert.Equal(["vm-0001", "vm-0002", "vm-0003", "vm-0001", "vm-0002", "vm-0003"], order);
    }

    [Theory, BothDatabases]
    public async Task A_refresh_survives_a_restart_and_the_start_text_is_applied_only_when_it_changed(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        (await portal.RefreshPoolAsync(Portal.Machines(5))).Expect(200);
        await portal.RestartAsync();
        Assert.Equal(5, await portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.Listed)));
        await portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = Portal.Machines(3) });
        Assert.Equal(3, await portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.Listed)));
        Assert.Equal(
            ["start", "http", "start"],
            await portal.ReadAsync(d => d.PoolRefreshes.OrderBy(r => r.Sid).Select(r => r.Source).ToListAsync())
        );
    }

    [Theory, BothDatabases]
    public async Task Demo_and_real_machines_never_mix_in_one_store(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            null,
            new Dictionary<string, string?> { ["PROVISIONER_DEMO"] = "true" }
        );
        var asha = await portal.SignUpWithPlanAsync("asha");
        var lease = (await asha.AllocateAsync()).Expect(201);
        (await asha.ReleaseAsync(lease.Text("sid"))).Expect(200);
        Assert.Equal(
            PoolCondition.Clean,
            await portal.ReadAsync(d =>
                d.PoolVms.Where(vm => vm.Id == lease.Text("pool_vm_id")).Select(vm => vm.Condition).SingleAsync()
            )
        );
        var refused = await Assert.ThrowsAsync<SettingsException>(() =>
            portal.RestartAsync(new Dictionary<string, string?> { ["VM_POOL_JSON"] = "[]" })
        );
        Assert.Contains("sample machines", refused.Message, StringComparison.Ordinal);
    }

    private static string Pool(int from, int count, string name) =>
        JsonSerializer.Serialize(
            Enumerable
                .Range(from, count)
                .Select(n => new
                {
                    id = $"m-{n:00000}",
                    status = n is >= 5_000 and < 5_040 ? "available" : "maintenance",
                    address = $"{name}-{n}",
                    cockpit_url = $"https://{name}-{n}.example.org/",
                })
        );

    /// <summary>Allocates a machine, releases it and reports it erased; no other caller may hold it.</summary>
    private static async Task LeaseOnceAsync(Portal portal, Customer customer, ConcurrentDictionary<string, bool> held)
    {
        var ready = (ReadyVm)portal.Services.GetService(typeof(ReadyVm))!;
        var reply = (await customer.AllocateAsync()).Expect(201);
        var (vm, lease) = (reply.Text("pool_vm_id"), reply.Number("lease_number"));
        Assert.True(held.TryAdd(vm, true), $"{vm} was handed out twice at once");
        (await customer.ReleaseAsync(Names.NewSid(portal.Now))).ExpectRefusal(Refusals.NotFound);
        held.TryRemove(vm, out _);
        (await customer.ReleaseAsync(reply.Text("sid"))).Expect(200);
        Assert.False((await ready.RunAsync(HeroOnboarding.Store.Actor.System("test"), vm, lease)).IsRefused);
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Which rows a refresh changes, condition by condition: all others stay as they are.</summary>
public sealed class RefreshConditions
{
    private const string Id = "vm-0001";
    private const string Wiped = """[{"id":"vm-0001","wiped_lease":1}]""";

    /// <summary>Another value for each member of an entry, and whether probes ask elsewhere after it.</summary>
    public static TheoryData<string, string, bool> Members { get; } =
        new()
        {
            { "status", "maintenance", false },
            { "address", "10.0.0.2", true },
            { "mycelium_ip", "400::2", true },
            { "ssh_user", "asha", false },
            { "ssh_port", "2222", true },
            { "cockpit_url", "https://other.example.org/", true },
            { "node", "n2", false },
            { "labels", """{"a":2}""", false },
        };

    [Theory, MemberData(nameof(Members))]
    public async Task One_member_that_differs_is_written_and_named_in_the_history(
        string member,
        string value,
        bool elsewhere
    )
    {
        foreach (var db in Enum.GetValues<Db>())
        {
            await using var portal = await Portal.StartAsync(db, $"[{Entry()}]");
            await portal.AcceptsAsync("UPDATE pool_vms SET proven = true, probe_goods = 1, probe_misses = 1");
            (await portal.RefreshPoolAsync($"[{Entry()}]")).Expect(200);
            Assert.Equal((0, "[]"), await ChangedAsync(portal));
            var entry = Entry();
            entry[member] = member is "ssh_port" or "labels" ? JsonNode.Parse(value) : value;
            (await portal.RefreshPoolAsync($"[{entry}]")).Expect(200);
            Assert.Equal((1, $$"""[{"id":"vm-0001","members":["{{member}}"]}]"""), await ChangedAsync(portal));
            var row = JsonSerializer.SerializeToNode(await VmAsync(portal), HeroOnboarding.Common.Json.Options)!;
            Assert.Equal(value, row[member]!.ToString());
            var kept = elsewhere ? (false, 0, 0) : (true, 1, 1);
            var vm = await VmAsync(portal);
            Assert.Equal(kept, (vm.Proven, vm.ProbeGoods, vm.ProbeMisses));
        }
    }

    [Theory, BothDatabases]
    public async Task The_history_counts_what_came_back_and_what_left_only_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(4));
        (await portal.RefreshPoolAsync(Portal.Machines(2))).Expect(200);
        // vm-0002 stays, 3 comes back, 5 is new, 1 leaves; 4 left before.
        (await portal.RefreshPoolAsync(Portal.Machines(2, from: 2)[..^1] + """,{"id":"vm-0005"}]""")).Expect(200);
        var row = await LastAsync(portal);
        Assert.Equal((2, 1, 0, 1), (row.Added, row.Removed, row.Changed, row.Kept));
        Assert.Equal("""{"added":["vm-0003","vm-0005"],"removed":["vm-0001"],"changed":[]}""", row.Changes);
        Assert.Equal(["vm-0002", "vm-0003", "vm-0005"], await ListedAsync(portal));
    }

    /// <summary>What a crash left in the staging table belongs to no refresh that comes later.</summary>
    [Theory, BothDatabases]
    public async Task Entries_of_another_refresh_change_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(3));
        await ComingBackClean.UsedOnceAsync(portal);
        (await portal.RefreshPoolAsync(Portal.Machines(2))).Expect(200);
        foreach (var (id, wiped) in new[] { (Id, 1), (Id, 0), ("vm-0002", 0), ("vm-0003", 0), ("vm-0009", 0) })
            await portal.AcceptsAsync(
                "INSERT INTO pool_staging (refresh_sid, id, status, node, wiped_lease) "
                    + "VALUES ({0}, {1}, 'maintenance', 'other', {2})",
                "01JDDDDDDDDDDDDDDDDDDDDDD" + wiped,
                id,
                wiped
            );
        var before = await portal.ReadAsync(d => d.PoolVms.AsNoTracking().OrderBy(v => v.Id).ToListAsync());
        (await portal.RefreshPoolAsync(Portal.Machines(1))).Expect(200);
        var after = await portal.ReadAsync(d => d.PoolVms.AsNoTracking().OrderBy(v => v.Id).ToListAsync());
        before.Single(v => v.Id == "vm-0002").Listed = false;
        Assert.Equivalent(before, after, strict: true);
        var row = await LastAsync(portal);
        Assert.Equal((0, 1, 0, 0), (row.Added, row.Removed, row.Changed, row.Wiped));
        Assert.Equal("""{"added":[],"removed":["vm-0002"],"changed":[]}""", row.Changes);
        Assert.DoesNotContain(portal.Log.Lines, l => l.Contains("ignored for", StringComparison.Ordinal));
    }

    /// <summary>As when the entries were pruned in between, since the refresh took an hour.</summary>
    [Fact]
    public async Task A_refresh_whose_entries_are_not_all_there_changes_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2));
        await using (var db = portal.Database.OpenWrite())
            await db.Database.ExecuteSqlRawAsync(
                "CREATE TRIGGER lost AFTER INSERT ON pool_staging WHEN NEW.id = 'vm-0002' "
                    + "BEGIN DELETE FROM pool_staging WHERE id = 'vm-0002'; END"
            );
        (await portal.RefreshPoolAsync(Portal.Machines(3))).Expect(500);
        Assert.Equal(["vm-0001", "vm-0002"], await ListedAsync(portal));
    }

    /// <summary>Whoever says "wiped" in an entry neither ends a quarantine nor takes a machine away.</summary>
    [Theory, BothDatabases]
    public async Task Wiped_in_an_entry_is_for_machines_that_wait_to_be_erased(Db db)
    {
        foreach (var state in new[] { "condition = 'quarantined'", "condition = 'clean'", "allocation_sid = 'x'" })
        {
            await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
            await ComingBackClean.UsedOnceAsync(portal);
            await portal.AcceptsAsync($"UPDATE pool_vms SET {state}");
            var before = await VmAsync(portal);
            portal.Clock.Advance(TimeSpan.FromHours(1));
            (await portal.RefreshPoolAsync(Wiped)).Expect(200);
            var after = await VmAsync(portal);
            Assert.Equal((before.Condition, before.FreeSince), (after.Condition, after.FreeSince));
            Assert.Null(after.WipedAt);
            Assert.Equal(0, (await LastAsync(portal)).Wiped);
            Assert.Empty(await ErasedAsync(portal));
        }
    }

    /// <summary>
    /// All in one instant: vm-0001 was erased, taken and given back again, and waits; the entries speak of vm-0002.
    /// </summary>
    [Theory, BothDatabases]
    public async Task Only_the_lease_that_was_wiped_by_this_refresh_is_marked_as_erased(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await UseAsync(asha);
        (await ReadyAsync(portal, Id, 1)).Expect(200);
        await UseAsync(asha);
        await UseAsync(asha);
        const string entries = """[{"id":"vm-0001","wiped_lease":1},{"id":"vm-0002","wiped_lease":1}]""";
        (await portal.RefreshPoolAsync(entries)).Expect(200);
        Assert.Equal(["vm-0001:1", "vm-0002:1"], await ErasedAsync(portal));
        Assert.Equal(1, (await LastAsync(portal)).Wiped);
    }

    /// <summary>Crafted rows: each condition holds by itself.</summary>
    [Theory, BothDatabases]
    public async Task A_wiped_lease_leaves_other_leases_and_the_first_time_of_its_own_as_they_are(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await UseAsync(asha);
        await UseAsync(asha);
        foreach (var machine in new[] { Id, "vm-0002" })
            (await ReadyAsync(portal, machine, 1)).Expect(200);
        await UseAsync(asha);
        // vm-0001 waits with lease 2; its lease 1 and the one of vm-0002 were erased without a record.
        await portal.AcceptsAsync("UPDATE vm_allocations SET erased_at = NULL");
        portal.Clock.Advance(TimeSpan.FromHours(1));
        const string entries = """[{"id":"vm-0001","wiped_lease":2},{"id":"vm-0002","wiped_lease":1}]""";
        (await portal.RefreshPoolAsync(entries)).Expect(200);
        Assert.Equal(["vm-0001:2"], await ErasedAsync(portal));
        var first = portal.Now;
        await portal.AcceptsAsync("UPDATE pool_vms SET condition = 'recycling' WHERE id = 'vm-0001'");
        portal.Clock.Advance(TimeSpan.FromHours(1));
        (await portal.RefreshPoolAsync(entries)).Expect(200);
        Assert.Equal(1, (await LastAsync(portal)).Wiped);
        Assert.Equal(first, await portal.ReadAsync(d => d.VmAllocations.Select(a => a.ErasedAt).MaxAsync()));
    }

    /// <summary>The log names machines that wait while the entries speak of an older lease, and no others.</summary>
    [Theory, BothDatabases]
    public async Task An_older_lease_is_logged_only_for_a_machine_that_waits(Db db)
    {
        foreach (var (state, entries, logged) in Stale)
        {
            await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
            await ComingBackClean.UsedOnceAsync(portal);
            await portal.AcceptsAsync($"UPDATE pool_vms SET {state}");
            (await portal.RefreshPoolAsync(entries)).Expect(200);
            Assert.Equal(
                logged,
                portal.Log.Lines.Any(l => l.Contains("ignored for vm-0001", StringComparison.Ordinal))
            );
        }
    }

    private static readonly (string State, string Entries, bool Logged)[] Stale =
    [
        ("node = 'n'", """[{"id":"vm-0001","wiped_lease":0}]""", true),
        ("node = 'n'", """[{"id":"vm-0002","wiped_lease":0}]""", false),
        ("node = 'n'", Wiped, false),
        ("condition = 'clean'", """[{"id":"vm-0001","wiped_lease":0}]""", false),
        ("allocation_sid = 'x'", """[{"id":"vm-0001","wiped_lease":0}]""", false),
    ];

    private static JsonObject Entry() =>
        new()
        {
            ["id"] = Id,
            ["address"] = "10.0.0.1",
            ["mycelium_ip"] = "400::1",
            ["ssh_user"] = "root",
            ["ssh_port"] = 22,
            ["cockpit_url"] = "https://vm-0001.example.org/",
            ["node"] = "n1",
            ["labels"] = JsonNode.Parse("""{"a":1}"""),
        };

    private static async Task UseAsync(Customer customer) =>
        (await customer.ReleaseAsync((await customer.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);

    private static Task<Reply> ReadyAsync(Portal portal, string id, long lease) =>
        portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = id, lease_number = lease });

    private static Task<PoolVm> VmAsync(Portal portal) => portal.ReadAsync(d => d.PoolVms.SingleAsync(v => v.Id == Id));

    private static Task<PoolRefresh> LastAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolRefreshes.OrderByDescending(r => r.Sid).FirstAsync());

    private static async Task<(int Count, string Changed)> ChangedAsync(Portal portal)
    {
        var row = await LastAsync(portal);
        return (row.Changed, JsonNode.Parse(row.Changes!)!["changed"]!.ToJsonString());
    }

    private static Task<List<string>> ListedAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolVms.Where(v => v.Listed).Select(v => v.Id).OrderBy(id => id).ToListAsync());

    private static Task<List<string>> ErasedAsync(Portal portal) =>
        portal.ReadAsync(d =>
            d.VmAllocations.Where(a => a.ErasedAt != null)
                .OrderBy(a => a.PoolVmId)
                .ThenBy(a => a.LeaseNumber)
                .Select(a => a.PoolVmId + ":" + a.LeaseNumber)
                .ToListAsync()
        );
}

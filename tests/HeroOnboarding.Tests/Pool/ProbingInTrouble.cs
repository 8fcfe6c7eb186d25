using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Dead machines, invalid entries and held locks affect only the machines concerned.</summary>
public sealed class ProbingInTrouble
{
    private const string Quarantine = "UPDATE pool_vms SET condition = 'quarantined', quarantined_at = 1 WHERE id > ";

    /// <summary>Addresses that answer; all others refuse the connection.</summary>
    private readonly HashSet<string> up = [];
    private readonly List<string> asked = [];
    private readonly Lock gate = new();
    private Func<string, IPAddress[]> resolve = _ => [];
    private Action<string> onAsk = _ => { };

    [Theory, BothDatabases]
    public async Task Quarantined_machines_have_no_part_in_more_than_half_are_silent(Db db)
    {
        await using var portal = await StartAsync(db, 22);
        await portal.AcceptsAsync(Quarantine + "'vm-0010'");
        Answering(1, 10);
        Assert.DoesNotContain("nothing was counted", await ProbeAsync(portal), StringComparison.Ordinal);
        up.Remove("10.0.0.1");
        for (var n = 0; n < ProbePool.MissesToQuarantine; n++)
            Assert.Contains("In quarantine: 0 up, 12 down.", await ProbeAsync(portal), StringComparison.Ordinal);
        Assert.Equal(13, await QuarantinedAsync(portal));
        Assert.Equal(PoolCondition.Quarantined, await ConditionAsync(portal, "vm-0001"));
        // The control: most of the ten free machines are silent, which may be our network, so no other one goes to
        // quarantine.
        await portal.AcceptsAsync("UPDATE pool_vms SET condition = 'clean', probe_misses = 0 WHERE id = 'vm-0001'");
        Answering(1, 4);
        for (var n = 0; n < ProbePool.MissesToQuarantine; n++)
            Assert.Contains("nothing was counted", await ProbeAsync(portal), StringComparison.Ordinal);
        Assert.Equal(12, await QuarantinedAsync(portal));
    }

    [Theory, BothDatabases]
    public async Task Silent_machines_in_quarantine_take_no_time_from_the_free_ones(Db db)
    {
        await using var portal = await StartAsync(db, 40);
        await portal.AcceptsAsync(Quarantine + "'vm-0003'");
        await portal.AcceptsAsync("UPDATE pool_vms SET probed_at = 1 WHERE id <= 'vm-0003'");
        Answering(1, 3);
        onAsk = _ => portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await ProbeAsync(portal);
        Assert.Equal(["10.0.0.1:22", "10.0.0.2:22", "10.0.0.3:22"], asked.Take(3).Order(StringComparer.Ordinal));
        // Five seconds for the others, and each run goes on where the one before had to stop.
        Assert.Equal(3 + 6, asked.Count);
        await ProbeAsync(portal);
        Assert.Equal(3 + 6 + 6, asked.Distinct().Count());
    }

    [Theory, BothDatabases]
    public async Task An_unexpected_exception_costs_only_that_machine(Db db)
    {
        await using var portal = await StartAsync(db, 3);
        Answering(1, 3);
        onAsk = address => _ = address == "10.0.0.2" ? throw new ArgumentOutOfRangeException(nameof(address)) : 0;
        var report = "";
        for (var n = 0; n < ProbePool.MissesToQuarantine; n++)
            report = await ProbeAsync(portal);
        Assert.Equal(
            "2 up, 0 down, 1 not asked; 0 quarantined. "
                + "1 could not be asked because of an error; the log has the details.",
            report
        );
        Assert.Equal(["vm-0001", "vm-0003"], await ProvenAsync(portal));
        Assert.Contains(portal.Log.Lines, l => l.Contains("vm-0002 could not be asked", StringComparison.Ordinal));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).Expect(201);
        (await asha.AllocateAsync()).Expect(201);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
    }

    /// <summary>The resolver does not take a name of more than 255 characters.</summary>
    [Fact]
    public async Task A_name_that_the_resolver_refuses_is_not_the_end_of_the_round()
    {
        var name = new string('a', 63) + string.Concat(Enumerable.Repeat("." + new string('a', 63), 4));
        resolve = host => Dns.GetHostAddresses(host);
        await using var portal = await StartAsync(Db.Sqlite, 2);
        await portal.AcceptsAsync("UPDATE pool_vms SET address = {0} WHERE id = 'vm-0001'", name);
        Answering(2, 2);
        await ProbeAsync(portal);
        Assert.Equal(["vm-0002"], await ProvenAsync(portal));
    }

    /// <summary>
    /// A refresh that hangs, of this instance or another, holds its lock and the rows that it has changed.
    /// </summary>
    [Fact]
    public async Task A_refresh_that_hangs_stops_probing_only_where_it_has_changed_rows()
    {
        await using var portal = await StartAsync(Db.Postgres, 3);
        Answering(1, 3);
        await ProbeAsync(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(4));
        await using (var other = portal.Database.OpenWrite())
        {
            await using var hanging = await other.Database.BeginTransactionAsync();
            await portal.Database.LockAsync(other, "pool.refresh");
            await other.Database.ExecuteSqlRawAsync("UPDATE pool_vms SET node = 'n2' WHERE id = 'vm-0002'");
            up.Remove("10.0.0.3");
            for (var n = 0; n < ProbePool.MissesToQuarantine; n++)
                Assert.StartsWith("2 up, 1 down", await ProbeAsync(portal), StringComparison.Ordinal);
            portal.Clock.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal(["vm-0001"], await FreshAsync(portal));
            Assert.Equal(PoolCondition.Quarantined, await ConditionAsync(portal, "vm-0003"));
        }
        await ProbeAsync(portal);
        Assert.Equal(["vm-0001", "vm-0002"], await FreshAsync(portal));
    }

    private async Task<Portal> StartAsync(Db db, int machines)
    {
        var wire = new ProbeWire(
            (host, _) => Task.FromResult(resolve(host)),
            (to, _) =>
            {
                lock (gate)
                {
                    asked.Add(to.ToString());
                    onAsk(to.Address.ToString());
                    return up.Contains(to.Address.ToString())
                        ? Task.FromResult<Stream>(new MemoryStream())
                        : throw new SocketException((int)SocketError.ConnectionRefused);
                }
            }
        );
        var settings = new Dictionary<string, string?> { ["PROBE"] = "tcp", ["PROBE_AT_ONCE"] = "1" };
        return await Portal.StartAsync(
            db,
            Portal.Machines(machines),
            settings,
            adjust: services => services.Replace(ServiceDescriptor.Singleton(wire))
        );
    }

    private void Answering(int from, int to)
    {
        up.Clear();
        up.UnionWith(Enumerable.Range(from, to - from + 1).Select(n => $"10.0.0.{n}"));
    }

    private static async Task<string> ProbeAsync(Portal portal)
    {
        portal.Clock.Advance(TimeSpan.FromSeconds(90));
        return (await portal.RunJobAsync("pool.probe"))!.Report;
    }

    private static Task<List<string>> ProvenAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolVms.Where(vm => vm.Proven).Select(vm => vm.Id).OrderBy(id => id).ToListAsync());

    private static Task<List<string>> FreshAsync(Portal portal)
    {
        DateTimeOffset? since = portal.Now - TimeSpan.FromMinutes(5);
        return portal.ReadAsync(d =>
            d.PoolVms.Where(vm => vm.Proven && vm.Condition == PoolCondition.Clean && vm.ProbeGoodAt >= since)
                .Select(vm => vm.Id)
                .OrderBy(id => id)
                .ToListAsync()
        );
    }

    private static Task<int> QuarantinedAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolVms.CountAsync(vm => vm.Condition == PoolCondition.Quarantined));

    private static Task<PoolCondition> ConditionAsync(Portal portal, string id) =>
        portal.ReadAsync(d => d.PoolVms.Where(vm => vm.Id == id).Select(vm => vm.Condition).SingleAsync());
}

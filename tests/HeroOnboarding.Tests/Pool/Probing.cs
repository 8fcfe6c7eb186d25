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

/// <summary>Machines are asked whether they answer; who does not is not handed out.</summary>
public sealed class Probing
{
    /// <summary>Addresses that answer, by their last number; all others refuse the connection.</summary>
    private readonly HashSet<string> up = [.. Enumerable.Range(1, 40).Select(n => $"10.0.0.{n}")];
    private readonly List<string> asked = [];
    private readonly Lock gate = new();

    [Theory, BothDatabases]
    public async Task Only_a_machine_that_answered_lately_is_handed_out(Db db)
    {
        await using var portal = await StartAsync(db, 2);
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Contains(
            "No machine is free right now",
            (await asha.Browser.OpenAsync("/dashboard")).Body,
            StringComparison.Ordinal
        );
        up.Remove("10.0.0.1");
        await ProbeAsync(portal);
        // The first has been free as long, but only the second has answered.
        Assert.Equal("vm-0002", (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id"));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(["vm-0001"], await UnprovenAsync(portal));
        up.Add("10.0.0.1");
        await ProbeAsync(portal);
        // Dies after a good probe: for five minutes nobody knows better, then it is not handed out any more.
        up.Clear();
        portal.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(await UnprovenAsync(portal));
        portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        Assert.Equal(["vm-0001"], await UnprovenAsync(portal));
        await portal.RunJobAsync("alarms.watch");
        Assert.Equal(1, await portal.ReadAsync(d => d.Alarms.CountAsync(a => a.Key == "pool.unproven")));
        await portal.RestartAsync(new Dictionary<string, string?> { ["PROBE"] = "off" });
        (await asha.Again().AllocateAsync()).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task One_miss_is_nothing_three_are_a_quarantine_and_two_good_ones_with_an_operators_word_bring_it_back(
        Db db
    )
    {
        await using var portal = await StartAsync(db, 1);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await ProbeAsync(portal);
        up.Clear();
        await ProbeAsync(portal);
        // One miss is nothing.
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        (await portal.AdminPostAsync("/admin/pool-vm-ready", new { pool_vm_id = "vm-0001", lease_number = 1 })).Expect(
            200
        );
        // Erased, it starts anew: what was missed before does not count any more.
        Assert.Equal(0, (await VmAsync(portal)).ProbeMisses);
        await ProbeAsync(portal);
        await ProbeAsync(portal);
        Assert.Equal(
            (2, PoolCondition.Clean),
            (await VmAsync(portal)) is var two ? (two.ProbeMisses, two.Condition) : default
        );
        await ProbeAsync(portal);
        var vm = await VmAsync(portal);
        Assert.Equal(
            (PoolCondition.Quarantined, "Did not answer 3 probes in a row."),
            (vm.Condition, vm.ConditionReason)
        );
        up.Add("10.0.0.1");
        (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven);
        await ProbeAsync(portal);
        Assert.Contains(
            "1 good probes in a row",
            (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven).Text("detail"),
            StringComparison.Ordinal
        );
        up.Clear();
        await ProbeAsync(portal);
        up.Add("10.0.0.1");
        await ProbeAsync(portal);
        (await LiftAsync(portal)).ExpectRefusal(PoolRefusals.PoolVmUnproven); // in a row
        await ProbeAsync(portal);
        Assert.Equal("clean", (await LiftAsync(portal)).Expect(200).Text("condition"));
        Assert.Equal(2, (await asha.AllocateAsync()).Expect(201).Number("lease_number"));
    }

    [Theory, BothDatabases]
    public async Task The_deployers_word_brings_it_back_without_probes_and_old_misses_are_forgotten(Db db)
    {
        await using var portal = await StartAsync(db, 1);
        up.Clear();
        for (var n = 0; n < 7; n++)
            await ProbeAsync(portal);
        Assert.Equal(PoolCondition.Quarantined, (await VmAsync(portal)).Condition);
        (
            await portal.AdminPostAsync(
                "/admin/pool-vm-ready",
                new
                {
                    pool_vm_id = "vm-0001",
                    lease_number = 0,
                    lift_quarantine = true,
                }
            )
        ).Expect(200);
        await portal.RunJobAsync("pool.probe");
        Assert.Equal(
            (PoolCondition.Clean, 0),
            (await VmAsync(portal)) is var back ? (back.Condition, back.ProbeMisses) : default
        );
        // Nobody's word replaces an answer: it is back, and not handed out before it answers.
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        up.Add("10.0.0.1");
        await ProbeAsync(portal);
        (await asha.AllocateAsync()).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task Held_machines_and_those_that_wait_to_be_erased_are_left_in_peace(Db db)
    {
        await using var portal = await StartAsync(db, 3);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await ProbeAsync(portal);
        var held = (await asha.AllocateAsync()).Expect(201).Text("pool_vm_id");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        asked.Clear();
        up.Clear();
        for (var n = 0; n < 4; n++)
            await ProbeAsync(portal);
        Assert.Equal("vm-0001", held);
        Assert.Equal(["10.0.0.3:22"], asked.Distinct());
        Assert.Equal(
            1,
            await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.Condition == PoolCondition.Quarantined))
        );
        (
            await portal.AdminPostAsync("/admin/pool-vm-status", new { pool_vm_id = "vm-0003", status = "maintenance" })
        ).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task When_most_of_many_are_silent_it_is_our_network_and_nothing_is_counted(Db db)
    {
        await using var portal = await StartAsync(db, 20);
        await ProbeAsync(portal);
        up.Clear();
        for (var n = 0; n < 4; n++)
            Assert.Contains("nothing was counted", (await ProbeAsync(portal)), StringComparison.Ordinal);
        Assert.Equal(
            0,
            await portal.ReadAsync(d =>
                d.PoolVms.CountAsync(v => v.ProbeMisses > 0 || v.Condition == PoolCondition.Quarantined)
            )
        );
    }

    [Theory, BothDatabases]
    public async Task A_new_address_has_to_answer_itself(Db db)
    {
        await using var portal = await StartAsync(db, 1);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await ProbeAsync(portal);
        (
            await portal.RefreshPoolAsync(
                """[{"id":"vm-0001","address":"10.0.0.1","node":"another"}]""".Replace(
                    "\"node\"",
                    "\"cockpit_url\":\"https://vm-0001.example.org/\",\"node\"",
                    StringComparison.Ordinal
                )
            )
        ).Expect(200);
        Assert.Empty(await UnprovenAsync(portal));
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","address":"10.0.0.99","ssh_port":2222}]""")).Expect(200);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        await ProbeAsync(portal);
        Assert.Contains("10.0.0.99:2222", asked);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
    }

    [Fact]
    public async Task Names_are_resolved_once_and_forbidden_addresses_are_never_asked()
    {
        await using var portal = await StartAsync(Db.Sqlite, 1);
        (
            await portal.RefreshPoolAsync(
                """[{"id":"a","address":"good.example"},{"id":"b","address":"metadata.example"},"""
                    + """{"id":"c","address":"127.0.0.1"},{"id":"d","address":"::ffff:169.254.169.254"},"""
                    + """{"id":"e"},{"id":"f","address":"nowhere.example"}]"""
            )
        ).Expect(200);
        var report = await ProbeAsync(portal);
        Assert.Equal(["10.0.0.7:22"], asked);
        Assert.StartsWith("1 up, 1 down, 4 not asked", report, StringComparison.Ordinal);
        Assert.DoesNotContain(portal.Log.Lines, l => l.Contains("169.254", StringComparison.Ordinal));
        for (var n = 0; n < 3; n++)
            await ProbeAsync(portal);
        // What may not be asked is not proven, and not held against the machine.
        Assert.Equal(
            ["f"],
            await portal.ReadAsync(d =>
                d.PoolVms.Where(v => v.Condition == PoolCondition.Quarantined).Select(v => v.Id).ToListAsync()
            )
        );
        Assert.Equal(["b", "c", "d", "e"], await UnprovenAsync(portal));
    }

    [Fact]
    public async Task Over_http_any_answer_of_a_working_server_counts_and_redirects_are_not_followed()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            "[]",
            new Dictionary<string, string?> { ["PROBE"] = "http" },
            kestrel: true
        );
        var site = portal.Address.ToString().TrimEnd('/');
        (
            await portal.RefreshPoolAsync(
                $$"""[{"id":"ok","cockpit_url":"{{site}}/health"},"""
                    + $$"""{"id":"moved","cockpit_url":"{{site}}/dashboard"},"""
                    + $$"""{"id":"gone","cockpit_url":"http://127.0.0.1:{{FreePorts.Next()}}/"},{"id":"none"}]"""
            )
        ).Expect(200);
        Assert.StartsWith("2 up, 1 down, 1 not asked", await ProbeAsync(portal), StringComparison.Ordinal);
        Assert.Equal(
            ["moved", "ok"],
            await portal.ReadAsync(d =>
                d.PoolVms.Where(v => v.Proven).Select(v => v.Id).OrderBy(id => id).ToListAsync()
            )
        );
    }

    [Theory]
    [InlineData("10.1.2.3", "", true)]
    [InlineData("203.0.113.7", "", true)]
    [InlineData("5f2:81a0::1", "", true)]
    [InlineData("127.0.0.1", "", false)]
    [InlineData("127.8.9.1", "127.0.0.0/8", false)]
    [InlineData("0.0.0.0", "", false)]
    [InlineData("169.254.169.254", "", false)]
    [InlineData("100.100.100.200", "", false)]
    [InlineData("::1", "", false)]
    [InlineData("::", "", false)]
    [InlineData("::ffff:127.0.0.1", "", false)]
    [InlineData("::127.0.0.1", "", false)]
    [InlineData("64:ff9b::a9fe:a9fe", "", false)]
    [InlineData("2002:7f00:1::", "", false)]
    [InlineData("fe80::1%2", "", false)]
    [InlineData("fd00:ec2::254", "", false)]
    [InlineData("224.0.0.1", "", false)]
    [InlineData("ff02::1", "", false)]
    [InlineData("10.1.2.3", "10.1.0.0/16,400::/7", true)]
    [InlineData("10.2.2.3", "10.1.0.0/16,400::/7", false)]
    [InlineData("5f2:81a0::1", "10.1.0.0/16,400::/7", true)]
    [InlineData("::ffff:10.1.2.3", "10.1.0.0/16", true)]
    public void Where_probes_may_go(string address, string allowed, bool may)
    {
        var networks = allowed
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(n => IPNetwork.Parse(n))
            .ToList();
        Assert.Equal(may, ProbeRules.Allows(IPAddress.Parse(address), networks, development: false));
        Assert.Equal(
            may || networks.Count == 0 || allowed.StartsWith("127", StringComparison.Ordinal),
            ProbeRules.Allows(IPAddress.Parse(address), networks, development: true)
        );
    }

    [Theory]
    [InlineData("PROBE", "ping")]
    [InlineData("PROBE_EVERY_SECONDS", "1")]
    [InlineData("PROBE_MAX_AGE_SECONDS", "100")]
    [InlineData("PROBE_CIDRS", "everywhere")]
    [InlineData("POOL_LOW_WATER", "few")]
    [InlineData("WIPE_ATTEMPTS", "0")]
    [InlineData("DEPLOYER_DEADLINE_MINUTES", "soon")]
    [InlineData("REPLACEMENTS_PER_SLOT", "-1")]
    public void Wrong_settings_are_named(string name, string value) =>
        Assert.Contains(
            AllOptions.Load(new Dictionary<string, string?> { [name] = value }).Mistakes,
            m => m.Contains(name, StringComparison.Ordinal)
        );

    private async Task<Portal> StartAsync(Db db, int machines)
    {
        var wire = new ProbeWire(
            (host, _) =>
                Task.FromResult(
                    host switch
                    {
                        "good.example" => [IPAddress.Parse("10.0.0.7")],
                        "metadata.example" => [IPAddress.Parse("169.254.169.254")],
                        _ => Array.Empty<IPAddress>(),
                    }
                ),
            (to, _) =>
            {
                lock (gate)
                {
                    asked.Add(to.ToString());
                    return up.Contains(to.Address.ToString())
                        ? Task.FromResult<Stream>(new MemoryStream())
                        : throw new SocketException((int)SocketError.ConnectionRefused);
                }
            }
        );
        return await Portal.StartAsync(
            db,
            Portal.Machines(machines),
            new Dictionary<string, string?> { ["PROBE"] = "tcp" },
            adjust: services => services.Replace(ServiceDescriptor.Singleton(wire))
        );
    }

    /// <summary>A minute and a half later everybody is due.</summary>
    private static async Task<string> ProbeAsync(Portal portal)
    {
        portal.Clock.Advance(TimeSpan.FromSeconds(90));
        return (await portal.RunJobAsync("pool.probe"))!.Report;
    }

    private static Task<PoolVm> VmAsync(Portal portal) => portal.ReadAsync(d => d.PoolVms.SingleAsync());

    private static Task<Reply> LiftAsync(Portal portal) =>
        portal.AdminPostAsync("/admin/pool-vm-lift", new { pool_vm_id = "vm-0001", reason = "looked at" });

    private static Task<IReadOnlyList<string>> UnprovenAsync(Portal portal) =>
        Admin.Operators.WalkAsync(portal, "/admin/list-pool?state=unproven", "id", 50);
}

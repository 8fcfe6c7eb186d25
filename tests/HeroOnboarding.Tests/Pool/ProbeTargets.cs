using System.Net;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Which addresses are probed, and how.</summary>
public sealed class ProbeTargets
{
    private readonly ProbedNetwork network = new();

    [Theory, BothDatabases]
    public async Task A_new_address_has_to_answer_itself(Db db)
    {
        await using var portal = await network.StartAsync(db, 1);
        var asha = await portal.SignUpWithPlanAsync("asha");
        await portal.ProbeAsync();
        (
            await portal.RefreshPoolAsync(
                """[{"id":"vm-0001","address":"10.0.0.1","node":"another"}]""".Replace(
                    "\"node\"",
                    "\"cockpit_url\":\"https://vm-0001.example.org/\",\"node\"",
                    StringComparison.Ordinal
                )
            )
        ).Expect(200);
        Assert.Empty(await portal.UnprovenAsync());
        (await portal.RefreshPoolAsync("""[{"id":"vm-0001","address":"10.0.0.99","ssh_port":2222}]""")).Expect(200);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
        await portal.ProbeAsync();
        Assert.Contains("10.0.0.99:2222", network.Asked);
        (await asha.AllocateAsync()).ExpectRefusal(VmRefusals.PoolEmpty);
    }

    [Fact]
    public async Task Names_are_resolved_once_and_forbidden_addresses_are_never_asked()
    {
        await using var portal = await network.StartAsync(Db.Sqlite, 1);
        (
            await portal.RefreshPoolAsync(
                """[{"id":"a","address":"good.example"},{"id":"b","address":"metadata.example"},"""
                    + """{"id":"c","address":"127.0.0.1"},{"id":"d","address":"::ffff:169.254.169.254"},"""
                    + """{"id":"e"},{"id":"f","address":"nowhere.example"}]"""
            )
        ).Expect(200);
        var report = await portal.ProbeAsync();
        Assert.Equal(["10.0.0.7:22"], network.Asked);
        Assert.StartsWith("1 up, 1 down, 4 not asked", report, StringComparison.Ordinal);
        Assert.DoesNotContain(portal.Log.Lines, l => l.Contains("169.254", StringComparison.Ordinal));
        for (var n = 0; n < 3; n++)
            await portal.ProbeAsync();
        // A machine that may not be probed is not proven, and its misses are not counted.
        Assert.Equal(
            ["f"],
            await portal.ReadAsync(d =>
                d.PoolVms.Where(v => v.Condition == PoolCondition.Quarantined).Select(v => v.Id).ToListAsync()
            )
        );
        Assert.Equal(["b", "c", "d", "e"], await portal.UnprovenAsync());
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
        Assert.StartsWith("2 up, 1 down, 1 not asked", await portal.ProbeAsync(), StringComparison.Ordinal);
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
}

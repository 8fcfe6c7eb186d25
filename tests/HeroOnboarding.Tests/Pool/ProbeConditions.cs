using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Pool;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HeroOnboarding.Tests.Pool;

/// <summary>Which machines are probed, when, and which answers count, condition by condition.</summary>
public sealed class ProbeConditions
{
    private readonly ConcurrentQueue<string> asked = new();

    /// <summary>What happens while a machine is asked; true is an answer.</summary>
    private Func<string, Task<bool>> answer = _ => Task.FromResult(true);

    [Theory, BothDatabases]
    public async Task Only_machines_that_could_be_handed_out_and_quarantined_ones_are_asked(Db db)
    {
        await using var portal = await StartAsync(db, 7);
        await SetAsync(portal, 2, "condition = 'quarantined', listed = false");
        await SetAsync(portal, 3, "allocation_sid = 'x'");
        await SetAsync(portal, 4, "condition = 'recycling'");
        await SetAsync(portal, 5, "listed = false");
        await SetAsync(portal, 6, "status = 'maintenance'");
        await SetAsync(portal, 7, "condition = 'quarantined', allocation_sid = 'y'");
        await portal.RunJobAsync("pool.probe");
        Assert.Equal(["10.0.0.1:22", "10.0.0.2:22"], asked);
    }

    [Theory]
    [InlineData(45, false)]
    [InlineData(76, true)]
    [InlineData(null, true)]
    public async Task A_machine_is_due_after_a_minute_give_or_take_a_quarter(int? secondsAgo, bool due)
    {
        foreach (var db in Enum.GetValues<Db>())
        {
            asked.Clear();
            await using var portal = await StartAsync(db, 1);
            if (secondsAgo is { } ago)
                await SetAsync(portal, 1, $"probed_at = {Micros(portal.Now.AddSeconds(-ago).AddTicks(10))}");
            await portal.RunJobAsync("pool.probe");
            Assert.Equal(due, !asked.IsEmpty);
        }
    }

    [Theory]
    [InlineData(10, 5, true)]
    [InlineData(10, 4, false)]
    [InlineData(9, 0, true)]
    public async Task Misses_count_until_more_than_half_of_at_least_ten_are_silent(int all, int up, bool counted)
    {
        foreach (var db in Enum.GetValues<Db>())
        {
            await using var portal = await StartAsync(db, all);
            answer = address => Task.FromResult(int.Parse(address.Split('.')[^1], CultureInfo.InvariantCulture) <= up);
            var report = (await portal.RunJobAsync("pool.probe"))!.Report;
            Assert.Equal(!counted, report.Contains("nothing was counted", StringComparison.Ordinal));
            Assert.Equal(
                counted ? all - up : 0,
                await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.ProbeMisses == 1))
            );
        }
    }

    /// <summary>The machine has another address by then, or somebody has just got it.</summary>
    [Theory, BothDatabases]
    public async Task An_answer_does_not_count_for_a_machine_that_changed_while_it_was_asked(Db db)
    {
        await using var portal = await StartAsync(db, 3);
        answer = async address =>
        {
            if (address == "10.0.0.1")
                await SetAsync(portal, 1, "address = '10.0.0.99'");
            if (address == "10.0.0.2")
                await SetAsync(portal, 2, "allocation_sid = 'x'");
            return true;
        };
        await portal.RunJobAsync("pool.probe");
        Assert.Equal(3, asked.Count);
        Assert.Equal(["vm-0003"], await ProvenAsync(portal));
        Assert.Equal(1, await portal.ReadAsync(d => d.PoolVms.CountAsync(v => v.ProbedAt != null)));
    }

    [Theory, BothDatabases]
    public async Task Silence_quarantines_clean_machines_that_nobody_holds_and_no_others(Db db)
    {
        await using var portal = await StartAsync(db, 5);
        var silent = $"probe_misses = 3, probed_at = {Micros(portal.Now)}";
        await SetAsync(portal, 1, silent);
        await SetAsync(portal, 2, silent + ", allocation_sid = 'x'");
        await SetAsync(portal, 3, silent + ", condition = 'recycling'");
        await SetAsync(portal, 4, silent + ", condition = 'quarantined', condition_reason = 'odd'");
        await SetAsync(portal, 5, silent.Replace("misses = 3", "misses = 2", StringComparison.Ordinal));
        var before = await portal.ReadAsync(d => d.PoolVms.AsNoTracking().Where(v => v.Id != "vm-0001").ToListAsync());
        for (var round = 0; round < 2; round++)
            Assert.Contains(
                round == 0 ? "1 quarantined" : "0 quarantined",
                (await portal.RunJobAsync("pool.probe"))!.Report,
                StringComparison.Ordinal
            );
        var after = await portal.ReadAsync(d => d.PoolVms.AsNoTracking().ToListAsync());
        Assert.Equal(PoolCondition.Quarantined, after.Single(v => v.Id == "vm-0001").Condition);
        Assert.Equivalent(before, after.Where(v => v.Id != "vm-0001"), strict: true);
        // Where there is nothing to do, nothing is written.
        Assert.Equal(1, await portal.ReadAsync(d => d.Audit.CountAsync(r => r.Act == "pool.silent")));
    }

    [Theory, BothDatabases]
    public async Task A_good_answer_between_misses_begins_the_count_anew(Db db)
    {
        await using var portal = await StartAsync(db, 1);
        foreach (var (up, misses) in new[] { (false, 1), (false, 2), (true, 0), (false, 1) })
        {
            answer = _ => Task.FromResult(up);
            portal.Clock.Advance(TimeSpan.FromSeconds(90));
            await portal.RunJobAsync("pool.probe");
            Assert.Equal(misses, await portal.ReadAsync(d => d.PoolVms.Select(v => v.ProbeMisses).SingleAsync()));
        }
    }

    [Theory, BothDatabases]
    public async Task A_good_answer_is_forgotten_when_it_is_older_than_its_maximum_age(Db db)
    {
        await using var portal = await StartAsync(db, 2);
        var oldest = portal.Now - TimeSpan.FromMinutes(5);
        foreach (var n in new[] { 1, 2 })
            await SetAsync(
                portal,
                n,
                $"status = 'maintenance', proven = true, probe_good_at = {Micros(oldest) - 2 + n}"
            );
        await portal.RunJobAsync("pool.probe");
        Assert.Equal(["vm-0002"], await ProvenAsync(portal));
    }

    [Theory]
    [InlineData(200, ProbeAnswer.Up)]
    [InlineData(302, ProbeAnswer.Up)]
    [InlineData(401, ProbeAnswer.Up)]
    [InlineData(499, ProbeAnswer.Up)]
    [InlineData(500, ProbeAnswer.Down)]
    [InlineData(503, ProbeAnswer.Down)]
    public async Task Over_http_a_server_that_says_it_does_not_work_is_down(int status, ProbeAnswer expected)
    {
        var text = $"HTTP/1.1 {status} x\r\nLocation: http://10.0.0.2/\r\nContent-Length: 0\r\n\r\n";
        using var probe = Probe("http", (_, _) => Task.FromResult<Stream>(new Answers(text)));
        var target = new ProbeTarget(null, null, null, "http://10.0.0.1/");
        Assert.Equal(expected, await probe.AskAsync(target, CancellationToken.None));
        Assert.Equal(["10.0.0.1:80"], asked);
    }

    [Fact]
    public async Task A_machine_that_does_not_answer_in_time_is_down()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        using var probe = Probe(
            "tcp",
            async (_, cancel) =>
            {
                await Task.Delay(Timeout.Infinite, cancel);
                return Stream.Null;
            },
            clock
        );
        var asking = probe.AskAsync(new("10.0.0.1", null, null, null), CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(ProbeAnswer.Down, await asking.WaitAsync(Hanging.Limit));
    }

    [Theory]
    [InlineData("10.0.0.1", "400::1", 2222, "10.0.0.1:2222")]
    [InlineData(null, "400::1", null, "[400::1]:22")]
    [InlineData(null, null, 22, null)]
    public async Task Over_ssh_the_address_is_asked_before_the_Mycelium_address(
        string? address,
        string? mycelium,
        int? port,
        string? to
    )
    {
        using var probe = Probe("tcp", (_, _) => Task.FromResult(Stream.Null));
        var answered = await probe.AskAsync(new(address, mycelium, port, null), CancellationToken.None);
        Assert.Equal(to is null ? ProbeAnswer.NotAsked : ProbeAnswer.Up, answered);
        Assert.Equal(to is null ? [] : [to], asked);
    }

    [Theory]
    [InlineData("http", "10.0.0.1", null)]
    [InlineData("http", null, "http://169.254.169.254/")]
    [InlineData("tcp", "169.254.169.254", null)]
    [InlineData("tcp", "metadata.example", null)]
    public async Task What_may_not_be_asked_or_has_no_address_is_no_failure(string way, string? address, string? page)
    {
        using var probe = Probe(way, (_, _) => Task.FromResult(Stream.Null));
        var target = new ProbeTarget(address, null, null, page);
        Assert.Equal(ProbeAnswer.NotAsked, await probe.AskAsync(target, CancellationToken.None));
        Assert.Empty(asked);
    }

    /// <summary>As NAT64 (64:ff9b::/96) and 6to4 (2002::/16) write it.</summary>
    [Theory]
    [InlineData("64:ff9b::a01:203", true)]
    [InlineData("64:ff9b::a02:203", false)]
    [InlineData("2002:a01:203::", true)]
    public void An_allowed_network_is_compared_with_the_IPv4_address_inside_an_IPv6_one(string address, bool may) =>
        Assert.Equal(
            may,
            ProbeRules.Allows(IPAddress.Parse(address), [IPNetwork.Parse("10.1.0.0/16")], development: false)
        );

    [Fact]
    public async Task Nothing_is_asked_inside_a_unit_or_while_probes_are_off()
    {
        await using var portal = await StartAsync(Db.Sqlite, 1);
        using var off = Probe("off", (_, _) => Task.FromResult(Stream.Null));
        var target = new ProbeTarget("10.0.0.1", null, null, null);
        await Assert.ThrowsAsync<InvalidOperationException>(() => off.AskAsync(target, CancellationToken.None));
        var on = portal.Services.GetRequiredService<Probe>();
        await portal.Units.RunAsync(
            "test.probe",
            HeroOnboarding.Store.Actor.System("test"),
            _ => Assert.ThrowsAsync<InvalidOperationException>(() => on.AskAsync(target, CancellationToken.None))
        );
        Assert.Empty(asked);
        Assert.Equal(ProbeAnswer.Up, await on.AskAsync(target, CancellationToken.None));
    }

    private Task<Portal> StartAsync(Db db, int machines)
    {
        var wire = new ProbeWire(
            (_, _) => Task.FromResult<IPAddress[]>([]),
            async (to, _) =>
            {
                asked.Enqueue(to.ToString());
                return await answer(to.Address.ToString())
                    ? new MemoryStream()
                    : throw new SocketException((int)SocketError.ConnectionRefused);
            }
        );
        return Portal.StartAsync(
            db,
            Portal.Machines(machines),
            new Dictionary<string, string?> { ["PROBE"] = "tcp", ["PROBE_AT_ONCE"] = "1" },
            adjust: services => services.Replace(ServiceDescriptor.Singleton(wire))
        );
    }

    /// <summary>A probe without a portal.</summary>
    private Probe Probe(
        string way,
        Func<IPEndPoint, CancellationToken, Task<Stream>> connect,
        TimeProvider? clock = null
    )
    {
        var options = AllOptions.Load(
            new Dictionary<string, string?> { ["PROBE"] = way, ["PUBLIC_BASE_URL"] = "https://portal.example.org" }
        );
        return new(
            options.Get<HeroOnboarding.Web.PortalOptions>(),
            options.Get<ProbeOptions>(),
            new(
                (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("169.254.169.254")]),
                (to, cancel) =>
                {
                    asked.Enqueue(to.ToString());
                    return connect(to, cancel);
                }
            ),
            clock ?? TimeProvider.System
        );
    }

    private static long Micros(DateTimeOffset at) => Instants.ToMicros(at);

    private static Task SetAsync(Portal portal, int machine, string columns) =>
        portal.AcceptsAsync($"UPDATE pool_vms SET {columns} WHERE id = 'vm-{machine:0000}'");

    private static Task<List<string>> ProvenAsync(Portal portal) =>
        portal.ReadAsync(d => d.PoolVms.Where(vm => vm.Proven).Select(vm => vm.Id).OrderBy(id => id).ToListAsync());

    /// <summary>A connection on which the server answers this, whatever it is asked.</summary>
    private sealed class Answers(string text) : MemoryStream(System.Text.Encoding.ASCII.GetBytes(text))
    {
        public override void Write(ReadOnlySpan<byte> buffer) { }

        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => ValueTask.CompletedTask;
    }
}

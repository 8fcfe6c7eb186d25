using HeroOnboarding.Deployer;
using HeroOnboarding.Tests.Cli;
using HeroOnboarding.Tests.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Instances;

/// <summary>
/// Two instances under load on one PostgreSQL, one killed at random moments as a power cut does it, and started again. <c>./bench two --seconds 60</c> runs longer.
/// </summary>
public sealed class TwoInstances(ITestOutputHelper output)
{
    private static readonly int Seconds = int.TryParse(Environment.GetEnvironmentVariable("TWO_SECONDS"), out var seconds) ? seconds : 4;

    private const string Now = "(extract(epoch FROM now()) * 1000000)::bigint";

    /// <summary>Jobs that do not come round by themselves while the test runs.</summary>
    private const string Slow = "'store.prune', 'credit.reconcile', 'plans.remind', 'plans.auto_renew', 'vms.auto_release'";

    private int kills;
    private int refreshes;

    [Fact]
    public async Task One_is_killed_again_and_again_and_nothing_is_lost_doubled_or_wrongly_refused()
    {
        await using var pair = await Pair.StartAsync(500 + (Seconds * 150));
        using var visitors = new Visitors(pair);
        await JobsAsync(pair, runs: 1);
        await pair.RunSqlAsync($"UPDATE jobs SET next_due_at = {Now}");
        using (var end = new CancellationTokenSource(TimeSpan.FromSeconds(Seconds)))
            await Task.WhenAll(visitors.VisitAsync(end.Token), KillAsync(pair, end.Token), RefreshAsync(pair, end.Token));
        await JobsAsync(pair, runs: 2);
        await DeliveredAsync(pair);
        output.WriteLine($"{Seconds} s, {kills} kills, {refreshes} refreshes, {visitors.Cycles} cycles; {string.Join(", ", visitors.Answers.OrderBy(a => a.Key).Select(a => $"{a.Key}: {a.Value}"))}");
        Assert.True(kills > 0 && refreshes > 0 && visitors.Cycles > Pair.Customers, $"{kills} kills, {refreshes} refreshes, {visitors.Cycles} cycles");
        Assert.Empty(visitors.Wrong);
        await using var store = pair.OpenStore();
        await Invariants.HoldAsync(store);
        await LeasesAndNoticesAsync(pair, store, visitors);
        foreach (var portal in pair.Portals)
            Assert.DoesNotContain("\"LogLevel\":\"Error\"", portal.Log.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>What the store holds is what the customers hold; each end of a lease was told under one id, and every lease that stands was told.</summary>
    private static async Task LeasesAndNoticesAsync(Pair pair, Store.Database store, Visitors visitors)
    {
        await using var db = store.Read();
        var leases = await db.VmAllocations.ToListAsync();
        Assert.Equal(visitors.Held.Order(StringComparer.Ordinal), leases.Where(a => a.IsLive).Select(a => a.PoolVmId!).Order(StringComparer.Ordinal));
        var told = pair.Deployer.Calls.Select(c => (c.Path, Lease: $"{c.Body.GetProperty("pool_vm_id").GetString()}:{c.Body.GetProperty("lease_number").GetInt64()}", c.WebhookId, c.SignatureValid)).Distinct().ToList();
        Assert.All(told, t => Assert.True(t.SignatureValid));
        Assert.Equal(told.Count, told.Select(t => t.WebhookId).Distinct().Count());
        Assert.Equal(told.Count, told.Select(t => (t.Path, t.Lease)).Distinct().Count());
        string[] Leases(bool live) => [.. leases.Where(a => a.IsLive == live).Select(a => $"{a.PoolVmId}:{a.LeaseNumber}").Order(StringComparer.Ordinal)];
        Assert.Equal(Leases(live: false), told.Where(t => t.Path == "/admin/release-vm").Select(t => t.Lease).Order(StringComparer.Ordinal));
        Assert.Empty(Leases(live: true).Except(told.Where(t => t.Path == "/admin/assign-vm").Select(t => t.Lease)));
        Assert.Equal(leases.Count, await db.Outbox.CountAsync(o => o.Kind == DeployerNotices.AssignKind));
        Assert.Equal(leases.Count(a => !a.IsLive), await db.Outbox.CountAsync(o => o.Kind == DeployerNotices.ReleaseKind));
        Assert.Equal(leases.Count, await db.Audit.CountAsync(a => a.Act == "vm.allocate" && !a.Detail!.Contains("repeated")));
    }

    private async Task KillAsync(Pair pair, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(Random.Shared.Next(500, 1500), CancellationToken.None);
            var portal = pair.Portals[Random.Shared.Next(2)];
            await portal.KillAsync();
            kills++;
            await Task.Delay(Random.Shared.Next(0, 500), CancellationToken.None);
            await portal.StartAgainAsync();
        }
    }

    /// <summary>Whole new inventories while machines are taken: the case in which "skip what is locked" alone would call a full pool empty.</summary>
    private async Task RefreshAsync(Pair pair, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await pair.Portals[refreshes % 2].PostAsync("/admin/pool-refresh", pair.Pool(refreshes + 1), System.Net.HttpStatusCode.OK);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // That one was dead, or died over it.
            }
            refreshes++;
            await Task.Delay(300, CancellationToken.None);
        }
    }

    /// <summary>Two instances find the same jobs due, one of them may die over them: each has run once for each time that it was due.</summary>
    private static async Task JobsAsync(Pair pair, int runs)
    {
        await PortalProcess.WaitAsync("the jobs", async () =>
        {
            if (runs > 1)
                await pair.RunSqlAsync("UPDATE jobs SET lease_until = 1 WHERE lease_until < (extract(epoch FROM now() - interval '20 seconds' + interval '10 minutes') * 1000000)::bigint");
            return (await pair.ReadSqlAsync($"SELECT name FROM jobs WHERE lease_until IS NULL AND next_due_at > {Now} AND name IN ({Slow})")).Count == Slow.Split(',').Length;
        });
        Assert.All(await pair.ReadSqlAsync($"SELECT name || ' ' || count(*) FROM job_runs WHERE ok AND name IN ({Slow}) GROUP BY name"), r => Assert.EndsWith($" {runs}", r, StringComparison.Ordinal));
    }

    /// <summary>Leases of dead runners end by time; that time passes here.</summary>
    private static Task DeliveredAsync(Pair pair) => PortalProcess.WaitAsync("the outbox to be empty", async () =>
    {
        await pair.RunSqlAsync("UPDATE outbox SET due_at = 1, lease_until = NULL WHERE done_at IS NULL AND created_at < (extract(epoch FROM now() - interval '2 seconds') * 1000000)::bigint");
        await Task.Delay(500);
        return (await pair.ReadSqlAsync("SELECT sid FROM outbox WHERE done_at IS NULL")).Count == 0;
    });
}

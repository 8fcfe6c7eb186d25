using System.Diagnostics;
using System.Net;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Instances;

/// <summary>
/// Two instances under load on one PostgreSQL, one killed at random moments as a power cut does it, and started again.
/// It runs until enough has happened, however slow the computer is; <c>./bench two --seconds 60</c> runs longer.
/// </summary>
public sealed class TwoInstances(ITestOutputHelper output)
{
    private const int EnoughKills = 2;
    private const int EnoughRefreshes = 3;
    private const int EnoughCycles = 20 * Pair.Customers;

    /// <summary>The least duration.</summary>
    private static readonly int Seconds = int.TryParse(
        Environment.GetEnvironmentVariable("TWO_SECONDS"),
        out var seconds
    )
        ? seconds
        : 0;

    private const string Now = "(extract(epoch FROM now()) * 1000000)::bigint";

    /// <summary>Jobs that do not come round by themselves while the test runs.</summary>
    private const string Slow =
        "'store.prune', 'credit.reconcile', 'plans.remind', 'plans.auto_renew', 'vms.auto_release'";

    private readonly Stopwatch watch = new();
    private int kills;
    private int refreshes;

    [Fact]
    public async Task One_is_killed_again_and_again_and_nothing_is_lost_doubled_or_wrongly_refused()
    {
        await using var pair = await Pair.StartAsync(1100 + (Seconds * 150));
        using var visitors = new Visitors(pair);
        await JobsAsync(pair, runs: 1);
        await pair.RunSqlAsync($"UPDATE jobs SET next_due_at = {Now}");
        using (var end = new CancellationTokenSource())
        {
            var work = new[]
            {
                visitors.VisitAsync(end.Token),
                KillAsync(pair, end.Token),
                RefreshAsync(pair, end.Token),
            };
            await Task.WhenAll([.. work, EndAsync(visitors, end)]);
        }
        await pair.ReviveAsync();
        await JobsAsync(pair, runs: 2);
        await DeliveredAsync(pair);
        var answers = visitors.Answers.OrderBy(a => a.Key).Select(a => $"{a.Key}: {a.Value}");
        output.WriteLine(Happened(visitors) + "; " + string.Join(", ", answers));
        Assert.Empty(visitors.Wrong);
        await using var store = pair.OpenStore();
        await Invariants.HoldAsync(store);
        await LeasesAndNoticesAsync(pair, store, visitors);
        foreach (var portal in pair.Portals)
            Assert.DoesNotContain(
                "\"LogLevel\":\"Error\"",
                portal.Log.Replace(" ", "", StringComparison.Ordinal),
                StringComparison.Ordinal
            );
    }

    /// <summary>
    /// What the store holds is what the customers hold; each end of a lease was told under one id, and every lease that
    /// stands was told.
    /// </summary>
    private static async Task LeasesAndNoticesAsync(Pair pair, Store.Database store, Visitors visitors)
    {
        await using var db = store.Read();
        var leases = await db.VmAllocations.ToListAsync();
        Assert.Equal(
            visitors.Held.Order(StringComparer.Ordinal),
            leases.Where(a => a.IsLive).Select(a => a.PoolVmId!).Order(StringComparer.Ordinal)
        );
        var told = pair
            .Deployer.Calls.Select(c =>
                (
                    c.Path,
                    Lease: $"{c.Body.GetProperty("pool_vm_id").GetString()}:"
                        + $"{c.Body.GetProperty("lease_number").GetInt64()}",
                    c.WebhookId,
                    c.SignatureValid
                )
            )
            .Distinct()
            .ToList();
        Assert.All(told, t => Assert.True(t.SignatureValid));
        Assert.Equal(told.Count, told.Select(t => t.WebhookId).Distinct().Count());
        Assert.Equal(told.Count, told.Select(t => (t.Path, t.Lease)).Distinct().Count());
        string[] Leases(bool live) =>
            [
                .. leases
                    .Where(a => a.IsLive == live)
                    .Select(a => $"{a.PoolVmId}:{a.LeaseNumber}")
                    .Order(StringComparer.Ordinal),
            ];
        Assert.Equal(
            Leases(live: false),
            told.Where(t => t.Path == "/admin/release-vm").Select(t => t.Lease).Order(StringComparer.Ordinal)
        );
        Assert.Empty(Leases(live: true).Except(told.Where(t => t.Path == "/admin/assign-vm").Select(t => t.Lease)));
        Assert.Equal(leases.Count, await db.Outbox.CountAsync(o => o.Kind == LeaseNotices.AssignKind));
        Assert.Equal(leases.Count(a => !a.IsLive), await db.Outbox.CountAsync(o => o.Kind == LeaseNotices.ReleaseKind));
        Assert.Equal(
            leases.Count,
            await db.Audit.CountAsync(a => a.Act == "vm.allocate" && !a.Detail!.Contains("repeated"))
        );
    }

    private string Happened(Visitors visitors) =>
        $"{watch.Elapsed.TotalSeconds:0} s, {kills} kills, {refreshes} refreshes, {visitors.Cycles} cycles";

    /// <summary>Ends the run when enough has happened. The time limit only ends a run that hangs.</summary>
    private async Task EndAsync(Visitors visitors, CancellationTokenSource end)
    {
        watch.Start();
        try
        {
            bool Enough() =>
                watch.Elapsed.TotalSeconds >= Seconds
                && kills >= EnoughKills
                && refreshes >= EnoughRefreshes
                && visitors.Cycles >= EnoughCycles;
            await Hanging.WaitAsync(
                "enough to happen",
                () => Task.FromResult(Enough()),
                () => Happened(visitors),
                TimeSpan.FromSeconds(Seconds)
            );
        }
        finally
        {
            await end.CancelAsync();
        }
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

    /// <summary>
    /// Whole new inventories while machines are handed out. Skipping locked rows alone would report a full pool as
    /// empty.
    /// </summary>
    private async Task RefreshAsync(Pair pair, CancellationToken end)
    {
        for (var version = 1; !end.IsCancellationRequested; version++)
        {
            try
            {
                var answer = await pair.Portals[version % 2].TryPostAsync("/admin/pool-refresh", pair.Pool(version));
                var busy = answer.Status == HttpStatusCode.ServiceUnavailable;
                Assert.True(busy || answer.Status == HttpStatusCode.OK, $"{answer.Status} {answer.Body}");
                if (!busy)
                    refreshes++;
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // That instance was dead, or died during the request.
            }
            await Task.Delay(300, CancellationToken.None);
        }
    }

    /// <summary>
    /// Two instances find the same jobs due, one of them may die over them: each has run once for each time that it was
    /// due.
    /// </summary>
    private static async Task JobsAsync(Pair pair, int runs)
    {
        await Hanging.WaitAsync(
            "the jobs",
            async () =>
                (
                    await pair.ReadSqlAsync(
                        $"SELECT name FROM jobs WHERE lease_until IS NULL AND next_due_at > {Now} AND name IN ({Slow})"
                    )
                ).Count == Slow.Split(',').Length
        );
        Assert.All(
            await pair.ReadSqlAsync(
                $"SELECT name || ' ' || count(*) FROM job_runs WHERE name IN ({Slow}) GROUP BY name"
            ),
            r => Assert.EndsWith($" {runs}", r, StringComparison.Ordinal)
        );
    }

    /// <summary>What could not be delivered at once is tried again after minutes; those minutes pass here.</summary>
    private static Task DeliveredAsync(Pair pair) =>
        Hanging.WaitAsync(
            "the outbox to be empty",
            async () =>
            {
                await pair.RunSqlAsync(
                    "UPDATE outbox SET due_at = 1 WHERE done_at IS NULL AND lease_until IS NULL AND attempts > 0"
                );
                return (await pair.ReadSqlAsync("SELECT sid FROM outbox WHERE done_at IS NULL")).Count == 0;
            }
        );
}

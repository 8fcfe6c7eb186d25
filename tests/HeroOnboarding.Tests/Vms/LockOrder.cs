using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Vms;

/// <summary>
/// Units lock account, purchase, allocation and machine in this order, so that PostgreSQL never has to break a
/// deadlock. The answers do not show a deadlock after which the unit ran again; the database counts it.
/// </summary>
public sealed class LockOrder(ITestOutputHelper output)
{
    private const int Callers = 8;
    private const int MostSteps = 4_000;

    /// <summary>How often each action must have succeeded.</summary>
    private static readonly IReadOnlyDictionary<string, int> Enough = new Dictionary<string, int>
    {
        ["start"] = 60,
        ["release"] = 40,
        ["replace"] = 15,
        ["renew"] = 8,
        ["upgrade"] = 8,
        ["expire"] = 6,
    };

    private static readonly Actor Tester = new("operator", "tester");
    private readonly ConcurrentDictionary<string, int> done = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> wrong = new();
    private int steps;
    private int plan = 3;

    [Fact]
    public async Task Eight_callers_of_one_account_never_deadlock()
    {
        var settings = new Dictionary<string, string?>
        {
            ["HANDOUTS_PER_SLOT"] = "1000000",
            ["REPLACEMENTS_PER_SLOT"] = "1000",
            ["PLANS_JSON"] = Ladder(3, 45),
        };
        var pool = Portal.Machines(3_000);
        await using var portal = await Portal.StartAsync(Db.Postgres, pool, settings, ownSchema: true);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(9_000);
        (await asha.BuyPlanAsync("p-3")).Expect(201);
        var callers = Enumerable.Range(0, Callers).Select(n => (Customer: asha.Again(), Random: new Random(n)));
        await Task.WhenAll(callers.Select(c => Task.Run(() => ActAsync(c.Customer, c.Random))));
        output.WriteLine($"{steps} steps: {string.Join(", ", done.Select(d => $"{d.Key} {d.Value}"))}");
        Assert.Empty(wrong);
        Assert.All(Enough, e => Assert.True(Done(e.Key) >= e.Value, $"only {Done(e.Key)} × {e.Key}"));
        await Invariants.HoldAsync(portal);
        Assert.Equal(0, await DeadlocksAsync(portal));
    }

    [Fact]
    public async Task The_count_sees_a_deadlock()
    {
        await using var portal = await Portal.StartAsync(Db.Postgres, ownSchema: true);
        await portal.AcceptsAsync("INSERT INTO meta (key, value) VALUES ('test.x', '0'), ('test.y', '0')");
        var (first, second) = (new TaskCompletionSource(), new TaskCompletionSource());
        var one = ChangeAsync("test.x", first, second, "test.y");
        var two = ChangeAsync("test.y", second, first, "test.x");
        await Task.WhenAll(one, two);
        Assert.Equal(1, await DeadlocksAsync(portal));

        Task ChangeAsync(string key, TaskCompletionSource mine, TaskCompletionSource theirs, string other) =>
            portal.Units.RunAsync(
                "test.cross",
                Tester,
                async unit =>
                {
                    await unit.Statements.RunAsync("UPDATE meta SET value = 'changed' WHERE key = $1", key);
                    mine.TrySetResult();
                    await theirs.Task;
                    await unit.Statements.RunAsync("UPDATE meta SET value = 'changed' WHERE key = $1", other);
                }
            );
    }

    private int NextPlan => Volatile.Read(ref plan) + 1;

    private int Done(string action) => done.GetValueOrDefault(action);

    private async Task ActAsync(Customer asha, Random random)
    {
        while (Enough.Any(e => Done(e.Key) < e.Value) && Interlocked.Increment(ref steps) <= MostSteps)
        {
            var live = await asha.Portal.ReadAsync(d => d.VmAllocations.WhereLive().Select(a => a.Sid).ToListAsync());
            var lease = live.Count == 0 ? null : live[random.Next(live.Count)];
            var broken = new { allocation_sid = lease };
            await (
                random.Next(10) switch
                {
                    4 or 5 when lease is not null => CountAsync("release", asha.ReleaseAsync(lease)),
                    6 when lease is not null => CountAsync("replace", asha.PostAsync("/vm/replace", broken)),
                    7 => CountAsync("renew", asha.PostAsync("/plan/renew", new { })),
                    8 => CountAsync("upgrade", asha.PostAsync("/plan/upgrade", new { plan_id = $"p-{NextPlan}" })),
                    9 when lease is not null => ExpireAsync(asha.Portal, lease),
                    _ => CountAsync("start", asha.AllocateAsync()),
                }
            );
        }
    }

    private async Task CountAsync(string action, Task<Reply> answer)
    {
        var reply = await answer;
        if ((int)reply.Status >= 500)
            wrong.Enqueue($"{action}: {(int)reply.Status} {reply.Body}");
        if ((int)reply.Status is not (200 or 201))
            return;
        done.AddOrUpdate(action, 1, (_, count) => count + 1);
        if (action == "upgrade")
            Interlocked.Increment(ref plan);
    }

    private async Task ExpireAsync(Portal portal, string lease)
    {
        await using (var db = portal.Database.OpenWrite())
            await db.Database.ExecuteSqlRawAsync("UPDATE vm_allocations SET expires_at = 1 WHERE sid = {0}", lease);
        var outcome = await portal.Services.GetRequiredService<ExpireVm>().RunAsync(Tester, lease);
        if (outcome.Value == ExpiryResult.Released)
            done.AddOrUpdate("expire", 1, (_, count) => count + 1);
    }

    /// <summary>Plans for 3, 4, 5 … machines: each is an upgrade of the one before.</summary>
    private static string Ladder(int from, int count) =>
        JsonSerializer.Serialize(
            Enumerable
                .Range(from, count)
                .Select(n => new
                {
                    id = $"p-{n}",
                    name = $"{n} machines",
                    price_cents = 100,
                    vm_count = n,
                })
        );

    /// <summary>
    /// How many deadlocks the server has counted in this portal's database. A server process reports what it counted at
    /// the latest when it ends, so the portal is stopped and started, and its former connections must have ended.
    /// </summary>
    private static async Task<long> DeadlocksAsync(Portal portal)
    {
        await using var connection = await portal.ConnectAsync();
        var before = await connection.TextAsync(
            "SELECT COALESCE(string_agg(pid::text, ','), '0') FROM pg_stat_activity "
                + "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        );
        await portal.RestartAsync();
        await connection.WaitForAsync($"SELECT count(*) FROM pg_stat_activity WHERE pid IN ({before})", "0");
        await connection.RunAsync("SELECT pg_stat_clear_snapshot()");
        var count = await connection.TextAsync(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        );
        return long.Parse(count, CultureInfo.InvariantCulture);
    }
}

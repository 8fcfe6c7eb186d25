using System.Collections.Concurrent;
using HeroOnboarding.Tests.Support;
using Npgsql;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// The migration of the next release runs while instances of this release serve on PostgreSQL. Their connections have
/// prepared statements of before; nobody gets a 500.
/// </summary>
public sealed class MigratingUnderUse
{
    private static readonly string[] Hot =
    [
        "accounts",
        "sessions",
        "purchases",
        "purchase_intents",
        "payment_intents",
        "vm_allocations",
        "pool_vms",
        "transfers",
        "receipts",
        "kyc_sessions",
        "outbox",
        "audit",
        "operators",
    ];

    /// <summary>A column of text in each table that many statements read.</summary>
    private static readonly (string Table, string Column)[] Texts =
    [
        ("accounts", "forge_login"),
        ("purchases", "plan_id"),
        ("vm_allocations", "plan_id"),
        ("sessions", "device"),
        ("transfers", "reason"),
        ("pool_vms", "node"),
    ];

    private static readonly string[] Pages =
    [
        "/dashboard",
        "/plan",
        "/plans",
        "/start",
        "/account",
        "/account/history",
        "/credit",
        "/kyc",
    ];

    private static readonly string[] Lists =
    [
        "/admin/list-users",
        "/admin/list-allocations",
        "/admin/list-pool",
        "/admin/list-audit",
        "/admin/list-receipts",
    ];

    private static readonly Dictionary<string, string?> Often = new() { ["HANDOUTS_PER_SLOT"] = "100000" };

    private readonly ConcurrentQueue<string> wrong = new();

    [Fact]
    public async Task Columns_are_added_to_hot_tables_and_nobody_gets_an_error()
    {
        await using var portal = await StartAsync();
        var people = await PeopleAsync(portal);
        await using var migration = await portal.ConnectAsync();
        var added = new TaskCompletionSource();
        var callers = people
            .Select(p =>
                Task.Run(async () =>
                {
                    while (!added.Task.IsCompleted)
                        await CycleAsync(p);
                    for (var n = 0; n < 3; n++)
                        await CycleAsync(p);
                })
            )
            .ToList();
        foreach (var table in Hot)
            await AlterAsync(migration, $"ALTER TABLE {table} ADD COLUMN next_release text NOT NULL DEFAULT 'new'");
        added.SetResult();
        await Task.WhenAll(callers);
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_prepared_statement_whose_columns_changed_is_run_again()
    {
        await using var portal = await StartAsync();
        var people = await PeopleAsync(portal);
        await using var migration = await portal.ConnectAsync();
        // No migration of ours changes a type. Here it makes every plan of these tables stale, although all columns are
        // named.
        foreach (var (table, column) in Texts)
            await AlterAsync(migration, $"ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar(4000)");
        for (var n = 0; n < 3; n++)
            await Task.WhenAll(people.Select(CycleAsync));
        Assert.Empty(wrong);
    }

    private static Task<Portal> StartAsync() =>
        Portal.StartAsync(Db.Postgres, Portal.Machines(900), Often, ownSchema: true);

    /// <summary>Customers who did everything so often that each connection has its prepared statements.</summary>
    private async Task<Customer[]> PeopleAsync(Portal portal)
    {
        var people = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => portal.SignUpWithPlanAsync("person" + n)));
        for (var n = 0; n < 4; n++)
            await Task.WhenAll(people.Select(CycleAsync));
        Assert.Empty(wrong);
        return people;
    }

    private async Task CycleAsync(Customer person)
    {
        var portal = person.Portal;
        var started = await ExpectAsync("start", person.AllocateAsync());
        foreach (var page in Pages)
            await ExpectAsync(page, person.Browser.OpenAsync(page));
        var verified = new { user_sid = person.Sid, reason = "passport seen" };
        await ExpectAsync("verify", portal.AdminPostAsync("/admin/kyc-verify", verified));
        var credit = new
        {
            user_sid = person.Sid,
            amount_cents = 1,
            reason = "test credit",
        };
        await ExpectAsync("credit", portal.AdminPostAsync("/admin/credit-adjust", credit));
        await ExpectAsync("auto-renew", person.PostAsync("/plan/auto-renew", new { on = true }));
        await ExpectAsync("choose", person.PostAsync("/plan/choose", new { plan_id = "vms-5", accept_terms = true }));
        foreach (var list in Lists)
            await ExpectAsync(list, portal.AdminAsync(HttpMethod.Get, list));
        if ((int)started.Status == 201)
            await ExpectAsync("release", person.ReleaseAsync(started.Text("sid")));
    }

    private async Task<Reply> ExpectAsync(string what, Task<Reply> request)
    {
        var reply = await request;
        if ((int)reply.Status >= 500)
            wrong.Enqueue($"{what}: {(int)reply.Status} {reply.Body}");
        return reply;
    }

    /// <summary>
    /// As <c>migrate</c> does: again when the lock was not free in time or PostgreSQL broke a deadlock here.
    /// </summary>
    private static async Task AlterAsync(NpgsqlConnection connection, string sql)
    {
        await connection.RunAsync("SET lock_timeout = '2s'");
        for (; ; )
        {
            try
            {
                await connection.RunAsync(sql);
                return;
            }
            catch (PostgresException e) when (e.SqlState is "55P03" or "40P01")
            {
                // Nothing was changed.
            }
        }
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Store.Postgres;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Stores;

/// <summary>
/// A migration makes the prepared statement of every connection stale (0A000). The pool hands out the connection that
/// was idle longest, so each new try meets another stale one; here are more of them than tries. Each of the three ways
/// to the database must close them: Entity Framework's reads, prepared reads, and units of work.
/// </summary>
public sealed class StalePlans
{
    private const int Connections = PostgresDatabase.Tries + 2;
    private const string Sql = "SELECT forge_login FROM accounts WHERE sid = $1";

    [Fact]
    public async Task A_read_by_Entity_Framework_goes_on()
    {
        await using var portal = await StartAsync();
        var asha = await portal.SignUpAsync("asha");
        Task<string?> LoginAsync(OnboardingDb db) =>
            db.Accounts.Where(a => a.Sid == asha.Sid).Select(a => a.ForgeLogin).SingleAsync();
        await OnEachConnectionAsync(
            async (query, together) =>
            {
                await using var db = portal.Database.Read();
                await db.Database.OpenConnectionAsync();
                await query(() => LoginAsync(db));
                await together();
            }
        );
        await AlterAsync(portal);
        Assert.Equal("asha", await portal.ReadAsync(LoginAsync));
    }

    [Fact]
    public async Task A_prepared_read_goes_on()
    {
        await using var portal = await StartAsync();
        var asha = await portal.SignUpAsync("asha");
        Task<string?> LoginAsync(PreparedStatements statements) =>
            statements.ReadAsync(Sql, row => row.GetString(0), asha.Sid);
        await OnEachConnectionAsync(
            (query, together) =>
                portal.Database.ReadAsync(async statements =>
                {
                    await query(() => LoginAsync(statements));
                    await together();
                    return 0;
                })
        );
        await AlterAsync(portal);
        Assert.Equal("asha", await portal.Database.ReadAsync(LoginAsync));
    }

    [Fact]
    public async Task A_unit_of_work_goes_on()
    {
        await using var portal = await StartAsync();
        var asha = await portal.SignUpAsync("asha");
        Task<string?> LoginAsync(Unit unit) => unit.Statements.ReadAsync(Sql, row => row.GetString(0), asha.Sid);
        await OnEachConnectionAsync(
            (query, together) =>
                portal.Units.RunAsync(
                    "test.seed",
                    Actor.System("test"),
                    async unit =>
                    {
                        await query(() => LoginAsync(unit));
                        await together();
                    }
                )
        );
        await AlterAsync(portal);
        var login = await portal.Units.RunAsync<string>(
            "test.seed",
            Actor.System("test"),
            async unit => (await LoginAsync(unit))!
        );
        Assert.Equal("asha", login.Value);
    }

    private static Task<Portal> StartAsync() => Portal.StartAsync(Db.Postgres, ownSchema: true);

    /// <summary>
    /// Runs one query on many connections at once, each so often that the driver has prepared it there.
    /// </summary>
    /// <param name="work">
    /// Opens a connection, calls the first argument with its query, and then the second, which waits for all others.
    /// </param>
    private static async Task OnEachConnectionAsync(Func<Func<Func<Task<string?>>, Task>, Func<Task>, Task> work)
    {
        var (left, all) = (Connections, new TaskCompletionSource());
        async Task QueryAsync(Func<Task<string?>> query)
        {
            for (var n = 0; n < 3; n++)
                Assert.Equal("asha", await query());
        }
        Task TogetherAsync()
        {
            if (Interlocked.Decrement(ref left) == 0)
                all.SetResult();
            return all.Task;
        }
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => work(QueryAsync, TogetherAsync)))
            .WaitAsync(Hanging.Limit);
    }

    /// <summary>No migration of ours changes a type; it makes the plans stale although all columns are named.</summary>
    private static async Task AlterAsync(Portal portal)
    {
        await using var migration = await portal.ConnectAsync();
        await migration.RunAsync("ALTER TABLE accounts ALTER COLUMN forge_login TYPE varchar(4000)");
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Simulators.Deployer;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Cli;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HeroOnboarding.Tests.Instances;

/// <summary>
/// Two processes of the real executable on one PostgreSQL, a deployer that wipes at once, and customers with a session.
/// </summary>
internal sealed class Pair : IAsyncDisposable
{
    public const int Customers = 12;

    private readonly string folder = Directory.CreateTempSubdirectory("hero-pair-").FullName;
    private string url = "";

    public required int Machines { get; init; }

    public DeployerSimulator Deployer { get; private set; } = null!;

    public PortalProcess[] Portals { get; private set; } = [];

    /// <summary>The cookie of each customer.</summary>
    public IReadOnlyList<string> Cookies { get; private set; } = [];

    public static async Task<Pair> StartAsync(int machines)
    {
        var pair = new Pair { Machines = machines };
        try
        {
            await pair.StartAsync();
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>The pool's inventory; each version differs in every machine.</summary>
    public string Pool(int version) =>
        "["
        + string.Join(',', Enumerable.Range(1, Machines).Select(n => $$"""{"id":"vm-{{n}}","node":"v{{version}}"}"""))
        + "]";

    public Database OpenStore() => Database.Open(Options(Portals[0]).Get<StoreOptions>(), PortalModel.Rows);

    /// <returns>How many rows were changed.</returns>
    public async Task<int> RunSqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(url + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    public async Task<IReadOnlyList<string>> ReadSqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(url + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        return rows;
    }

    /// <summary>
    /// Kills both and starts them again. While neither runs, every lease on a job or a notice belongs to a dead
    /// process; such leases expire, and that time passes here.
    /// </summary>
    public async Task ReviveAsync()
    {
        await Task.WhenAll(Portals.Select(p => p.KillAsync()));
        // A statement that was sent before its process died may still be carried out.
        await Hanging.WaitAsync(
            "the last connection to end",
            async () =>
                (
                    await ReadSqlAsync(
                        """
                        SELECT pid::text FROM pg_stat_activity
                        WHERE datname = current_database() AND backend_type = 'client backend'
                        AND pid <> pg_backend_pid()
                        """
                    )
                ).Count == 0
        );
        await RunSqlAsync("UPDATE jobs SET lease_until = 1 WHERE lease_until IS NOT NULL");
        await RunSqlAsync("UPDATE outbox SET lease_until = NULL WHERE done_at IS NULL");
        await Task.WhenAll(Portals.Select(p => p.StartAgainAsync()));
    }

    private async Task StartAsync()
    {
        url = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        Deployer = await DeployerSimulator.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "pool.json"), Pool(0));
        Portals = [With(), With()];
        Cookies = await SignUpAsync();
        await Task.WhenAll(Portals.Select(p => p.StartAgainAsync()));
    }

    private PortalProcess With() =>
        new(
            new Dictionary<string, string>
            {
                ["DATABASE_URL"] = url,
                ["DEPLOYER_URL"] = Deployer.Address.ToString(),
                ["DEPLOYER_SECRET"] = Deployer.Secret,
                ["VM_POOL_JSON"] = $"@{folder}/pool.json",
                ["RATE_REQUESTS_PER_MINUTE"] = "100000",
                ["HANDOUTS_PER_SLOT"] = "1000000",
                ["HERO_ONBOARDING_AUTO_RELEASE_CRON_INTERVAL_MS"] = "86400000",
            }
        );

    private static LoadedOptions Options(PortalProcess portal) =>
        AllOptions.Load(portal.Settings.ToDictionary(s => s.Key, s => (string?)s.Value));

    /// <summary>
    /// By the real sign-in use case; verification and plan are put into the store, they are not what is tried here.
    /// </summary>
    private async Task<IReadOnlyList<string>> SignUpAsync()
    {
        await using var app = Program.Build(Options(Portals[0]), builder => builder.Logging.ClearProviders());
        await Hosting.PrepareAsync(app);
        var cookies = new List<string>();
        for (var n = 0; n < Customers; n++)
        {
            var customer = new ForgeIdentity("https://forge.test", $"{n + 1}", $"customer{n}", null);
            var session = await app.Services.GetRequiredService<SignIn>().RunAsync(customer, "test");
            cookies.Add($"{Sessions.CookieName(SessionKind.Customer)}={session.Token}");
        }
        var now = Instants.ToMicros(TimeProvider.System.GetUtcNow());
        await RunSqlAsync("UPDATE accounts SET kyc_status = 'completed', kyc_verified_at = created_at");
        await RunSqlAsync(
            "INSERT INTO purchases (sid, account_sid, plan_id, price, vm_count, used, state, started_at, period_end) "
                + $"SELECT 'P' || forge_id, sid, 'vms-5', 5000000, 5, 0, 'active', {now}, {now + 86_400_000_000} "
                + "FROM accounts"
        );
        return cookies;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var portal in Portals)
            await portal.DisposeAsync();
        await (Deployer?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (url.Length > 0)
            await (await PostgresServer.SharedAsync()).DropDatabaseAsync(url);
        Directory.Delete(folder, recursive: true);
    }
}

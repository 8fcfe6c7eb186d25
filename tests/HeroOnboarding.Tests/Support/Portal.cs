using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace HeroOnboarding.Tests.Support;

/// <summary>
/// A whole portal on a store of its own, reached over HTTP. Its clock starts at the real time and moves only when the
/// test moves it. Nothing runs in the background unless the test asks for it.
/// </summary>
public sealed class Portal : IAsyncDisposable
{
    public const string AdminSecret = "test-operator-secret-0123456789abcdef";
    public static readonly Uri Base = new("https://localhost");

    private readonly string folder = Directory.CreateTempSubdirectory("hero-portal-").FullName;
    private readonly Dictionary<string, string?> environment = new(StringComparer.Ordinal);
    private string? postgresUrl;
    private bool background;
    private bool ownSchema;
    private Action<IServiceCollection>? adjust;
    private HttpClientHandler? socket;
    private WebApplication app = null!;

    private Portal(Db db, FakeTimeProvider? clock) => (Db, Clock) = (db, clock ?? new(TimeProvider.System.GetUtcNow()));

    public Db Db { get; }
    public FakeTimeProvider Clock { get; }

    /// <summary>
    /// How far the clock of a database on another computer is ahead of <see cref="Clock"/>; null: there is none.
    /// </summary>
    public TimeSpan? DatabaseAhead { get; set; } = TimeSpan.Zero;
    public Wire Wire { get; private set; } = new();
    public LogCapture Log { get; } = new();
    public IServiceProvider Services => app.Services;
    public Database Database => Services.GetRequiredService<Database>();
    public UnitOfWorkRunner Units => Services.GetRequiredService<UnitOfWorkRunner>();
    public CrashPoints Crash => Services.GetRequiredService<CrashPoints>();
    public DateTimeOffset Now => Clock.Now();

    /// <summary>
    /// Writes notes of last use right after each answer, as the loop does that does not run here; false leaves them in
    /// the queue.
    /// </summary>
    public bool WritesLastUse { get; set; } = true;

    /// <summary>Where a real browser finds it; only with <c>kestrel</c>.</summary>
    public Uri Address => new(environment["PUBLIC_BASE_URL"]!);

    /// <param name="pool">VM_POOL_JSON; null for no pool provisioner.</param>
    /// <param name="environment">Further settings by name.</param>
    /// <param name="background">Runs outbox and jobs by themselves.</param>
    /// <param name="kestrel">Listens on a port of 127.0.0.1, for real browsers.</param>
    /// <param name="clock">One clock for portal and simulators where both look at it.</param>
    /// <param name="adjust">Puts in other implementations at a seam, at every start.</param>
    /// <param name="ownSchema">The test changes the schema or looks at plans: a PostgreSQL database that no other test
    /// has used or will use.</param>
    public static async Task<Portal> StartAsync(
        Db db,
        string? pool = "[]",
        IReadOnlyDictionary<string, string?>? environment = null,
        bool background = false,
        bool kestrel = false,
        FakeTimeProvider? clock = null,
        Action<IServiceCollection>? adjust = null,
        bool ownSchema = false
    )
    {
        var portal = new Portal(db, clock)
        {
            background = background,
            adjust = adjust,
            ownSchema = ownSchema,
        };
        portal.socket = kestrel
            ? new HttpClientHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                UseProxy = false,
            }
            : null;
        portal.environment["PUBLIC_BASE_URL"] = kestrel ? $"http://127.0.0.1:{FreePorts.Next()}" : "https://localhost";
        if (kestrel)
            portal.environment["LISTEN"] = portal.environment["PUBLIC_BASE_URL"];
        portal.environment["DATA_DIR"] = portal.folder;
        portal.environment["HERO_ONBOARDING_ADMIN_SECRET"] = AdminSecret;
        portal.environment["VM_POOL_JSON"] = pool;
        portal.environment["RATE_REQUESTS_PER_MINUTE"] = "10000";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            portal.environment[name] = value;
        if (db == Db.Sqlite)
            await SqliteTemplate.CopyToAsync(portal.folder);
        else
            portal.environment["DATABASE_URL"] = portal.postgresUrl = await TakeDatabaseAsync(ownSchema);
        await portal.BootAsync();
        return portal;
    }

    /// <summary>The pool JSON of machines <c>vm-0001</c> … with cockpits.</summary>
    public static string Machines(int count, int from = 1) =>
        "["
        + string.Join(
            ',',
            Enumerable
                .Range(from, count)
                .Select(n =>
                    $$"""{"id":"vm-{{n:0000}}","address":"10.0.{{n / 250}}."""
                    + $$"""{{n % 250}}","cockpit_url":"https://vm-{{n:0000}}.example.org/"}"""
                )
        )
        + "]";

    /// <summary>
    /// Stops the process's work at once and starts again on the same store, with other settings where given.
    /// </summary>
    public async Task RestartAsync(IReadOnlyDictionary<string, string?>? change = null)
    {
        await app.DisposeAsync();
        foreach (var (name, value) in change ?? new Dictionary<string, string?>())
            environment[name] = value;
        await BootAsync();
    }

    /// <summary>A browser without cookies.</summary>
    public Browser Browser() =>
        new(
            new NotingLastUse(
                () => WritesLastUse && !background ? Services.GetRequiredService<LastUse>() : null,
                socket is null ? app.GetTestServer().CreateHandler() : new ToSocket(Address, socket)
            )
        );

    /// <summary>
    /// A signed-in customer. The account is made by the real sign-in use case; tests of the OpenID Connect dance use
    /// the simulator.
    /// </summary>
    public async Task<Customer> SignUpAsync(string login, string? id = null)
    {
        var identity = new ForgeIdentity(
            "https://forge.test",
            id ?? Math.Abs(login.GetHashCode(StringComparison.Ordinal)).ToString(),
            login,
            null
        );
        var answer = await Services.GetRequiredService<SignIn>().RunAsync(identity, "test");
        var browser = Browser();
        browser.SetCookie(Base, Sessions.CookieName(SessionKind.Customer), answer.Token);
        return new Customer(this, browser, answer.AccountSid);
    }

    /// <summary>A verified customer with credit and an active plan.</summary>
    public async Task<Customer> SignUpWithPlanAsync(string login, string plan = "vms-5")
    {
        var customer = await SignUpAsync(login);
        await customer.PassKycAsync();
        await customer.TopUpAsync(plan == "vms-10" ? 2000 : 1000);
        (await customer.BuyPlanAsync(plan)).Expect(201);
        return customer;
    }

    /// <summary>A machine caller with the operator secret in its header.</summary>
    public Task<Reply> AdminAsync(HttpMethod method, string path, object? body = null, string? secret = AdminSecret) =>
        Browser().SendAsync(method, path, body, secret);

    public Task<Reply> AdminPostAsync(string path, object body) => AdminAsync(HttpMethod.Post, path, body);

    public Task<Reply> RefreshPoolAsync(string json) =>
        Browser().SendRawAsync(HttpMethod.Post, "/admin/pool-refresh", json, AdminSecret);

    /// <summary>Delivers everything in the outbox that is due.</summary>
    public Task<int> DeliverAsync() => Services.GetRequiredService<OutboxRunner>().RunDueAsync(CancellationToken.None);

    public Task<JobRun?> RunJobAsync(string name) =>
        Services.GetRequiredService<JobRunner>().RunAsync(name, CancellationToken.None);

    /// <summary>Reads the store directly, for assertions.</summary>
    public async Task<T> ReadAsync<T>(Func<OnboardingDb, Task<T>> read)
    {
        await using var db = Database.Read();
        return await read(db);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        Wire.Dispose();
        socket?.Dispose();
        if (postgresUrl is not null)
            await GiveDatabaseBackAsync();
        Directory.Delete(folder, recursive: true);
        Assert.Empty(Wire.Unexpected);
    }

    private static async Task<string> TakeDatabaseAsync(bool own)
    {
        var server = await PostgresServer.SharedAsync();
        return own ? await server.CreateDatabaseAsync() : await server.TakeDatabaseAsync();
    }

    private async Task GiveDatabaseBackAsync()
    {
        var server = await PostgresServer.SharedAsync();
        await (ownSchema ? server.DropDatabaseAsync(postgresUrl!) : server.GiveBackAsync(postgresUrl!));
    }

    private async Task BootAsync()
    {
        var settings = AllOptions.Load(environment);
        Assert.Empty(settings.Mistakes);
        app = Program.Build(
            settings,
            builder =>
            {
                if (socket is null)
                    builder.WebHost.UseTestServer();
                builder.Logging.ClearProviders().AddProvider(Log);
                builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
                builder.Services.Replace(
                    ServiceDescriptor.Singleton(sp => new Outgoing(
                        sp.GetRequiredService<CrashPoints>(),
                        new SharedWire(Wire)
                    ))
                );
                builder.Services.Replace(
                    ServiceDescriptor.Singleton(
                        new DatabaseClock(_ =>
                            Task.FromResult(DatabaseAhead is { } ahead ? Clock.Now() + ahead : (DateTimeOffset?)null)
                        )
                    )
                );
                adjust?.Invoke(builder.Services);
                if (!background)
                    foreach (
                        var loop in builder
                            .Services.Where(s =>
                                s.ServiceType == typeof(IHostedService)
                                && s.ImplementationType?.Name is "BackgroundLoop" or "LastUseLoop"
                            )
                            .ToList()
                    )
                        builder.Services.Remove(loop);
            }
        );
        await Hosting.PrepareAsync(app);
        await app.StartAsync();
        if (socket is null)
            app.GetTestServer().BaseAddress = Base;
    }
}

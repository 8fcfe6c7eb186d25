using System.Text.Json;
using HeroOnboarding.Bench.Lease;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HeroOnboarding.Bench;

/// <summary>
/// The measured portal: the product with three additions. Machines are clean as soon as they are released
/// (<see cref="ReusingPool"/>), outbox and jobs are off unless requested, and there are routes of the benchmark.
/// </summary>
internal static class PortalHost
{
    public const string AdminSecret = "bench-operator-secret-0123456789abcdef";

    public static async Task<int> RunAsync(Options options)
    {
        var url = options.Text("url", "http://127.0.0.1:9920");
        var app = Program.Build(
            AllOptions.Load(SettingsFor(options, url)),
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.Replace(
                    ServiceDescriptor.KeyedSingleton<IProvisioner, ReusingPool>(Pool.PoolAssignmentProvisioner.PoolName)
                );
                builder.Services.Replace(
                    ServiceDescriptor.Singleton<IProvisioner>(sp =>
                        sp.GetRequiredKeyedService<IProvisioner>(Pool.PoolAssignmentProvisioner.PoolName)
                    )
                );
                if (!options.Has("background"))
                    builder.Services.Remove(
                        builder.Services.Single(s =>
                            s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "BackgroundLoop"
                        )
                    );
            }
        );
        var database = app.Services.GetRequiredService<Database>();
        await database.MigrateAsync(CancellationToken.None);
        await Hosting.PrepareAsync(app);
        await Filling.FillAsync(
            database,
            options.Number("machines", 100),
            options.Number("history", 0),
            options.Number("people", 0)
        );
        Routes(app, app.Services.GetRequiredService<AllocateVm>(), app.Services.GetRequiredService<ReleaseVm>());
        await app.StartAsync();
        await Console.Out.WriteLineAsync("ready");
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static Dictionary<string, string?> SettingsFor(Options options, string url) =>
        new(StringComparer.Ordinal)
        {
            ["PUBLIC_BASE_URL"] = url,
            ["LISTEN"] = url,
            ["DATA_DIR"] = options.Text("folder", "."),
            ["DATABASE_URL"] = options.Has("database") ? options.Text("database", "") : null,
            ["HERO_ONBOARDING_ADMIN_SECRET"] = AdminSecret,
            ["VM_POOL_JSON"] = "[]",
            ["RATE_REQUESTS_PER_MINUTE"] = "100000",
            ["HANDOUTS_PER_SLOT"] = "1000000",
        };

    /// <summary>
    /// Routes for the bare lease over HTTP, the empty endpoint, the same units without HTTP, and the sums at the end.
    /// </summary>
    private static void Routes(WebApplication app, AllocateVm allocate, ReleaseVm release)
    {
        var bench = app.MapGroup("/bench").AllowAnonymous().WithMetadata(new NotForBrowsers());
        bench.MapMethods("/empty", ["GET", "POST"], () => Results.Ok());
        bench.MapPost(
            "/allocate",
            async (string account) =>
                (await allocate.RunAsync(Actor.Customer(account), account, null)) is var o && o.IsRefused
                    ? o.Refusal.ToResult()
                    : Results.Json(o.Value.Value, Json.Options, statusCode: 201)
        );
        bench.MapPost(
            "/release",
            async (string account, string sid) =>
                (await release.RunAsync(Actor.Customer(account), account, sid, "customer")).ToResult()
        );
        bench.MapPost(
            "/units",
            async (int callers, int seconds, bool keys) =>
                Results.Json(
                    await Load.RunAsync(
                        callers,
                        TimeSpan.FromSeconds(seconds),
                        n => new UnitCaller(allocate, release, keys, n)
                    ),
                    JsonSerializerOptions.Web
                )
        );
        bench.MapPost(
            "/state",
            async (Database database) => Results.Json(await EndState.ReadAsync(database), JsonSerializerOptions.Web)
        );
    }
}

using System.Reflection;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>The routes of health, readiness, liveness and the service description.</summary>
internal static class Health
{
    public static string Version { get; } =
        typeof(Health)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";

    public static void Routes(IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("").AllowAnonymous().WithTags("Health");
        health
            .MapGet("/health", WholeAsync)
            .WithSummary(
                "200 'Healthy'; 200 'Degraded' while pages can be read but changes cannot be saved; 503 "
                    + "'Unhealthy'."
            )
            .Produces<string>(200, "text/plain")
            .Produces<string>(503, "text/plain");
        health
            .MapGet("/health/live", Live)
            .WithSummary("The process runs and can write; 503 'Unhealthy' when it must be started again.")
            .Produces<string>(200, "text/plain")
            .Produces<string>(503, "text/plain");
        health
            .MapGet("/health/ready", ReadyAsync)
            .WithSummary("The store answers and its schema is complete.")
            .Produces<string>(200, "text/plain")
            .Produces<string>(503, "text/plain");
        health
            .MapGet("/.well-known/heroservice.json", Describe)
            .WithSummary("Name, version, routes, and which features are on or why not.")
            .Produces<ServiceDescription>();
    }

    /// <summary>
    /// Tries a read and a write. A store that can be read but takes no changes stays in rotation (200): dashboards and
    /// cockpit links still work. The cause is in the log and on the operators' pages.
    /// </summary>
    private static async Task<IResult> WholeAsync(ReadCheck reads, TryWriting writes, CancellationToken cancel)
    {
        if (!await reads.RunAsync(cancel))
            return Unhealthy;
        var saved = await writes.RunAsync(cancel);
        return Results.Text(saved == WriteState.Ok ? "Healthy" : $"Degraded\nwrites: {Names.Of(saved)}");
    }

    /// <summary>
    /// Tries a read of the portal's own store only: an outage of a vendor must not take the portal out of rotation.
    /// </summary>
    private static async Task<IResult> ReadyAsync(ReadCheck reads, CancellationToken cancel) =>
        await reads.RunAsync(cancel) ? Results.Text("Healthy") : Unhealthy;

    private static IResult Live(Database database) =>
        database.Commits.Broken.IsCompleted ? Unhealthy : Results.Text("Healthy");

    private static IResult Unhealthy => Results.Text("Unhealthy", statusCode: StatusCodes.Status503ServiceUnavailable);

    private static IResult Describe(LoadedOptions options, IEnumerable<EndpointDataSource> sources) =>
        Results.Json(
            new ServiceDescription(
                "hero_onboarding",
                "Self-service front door to virtual machines",
                Version,
                Features.All(options),
                RouteList(sources)
            ),
            Json.Options
        );

    internal static IReadOnlyList<string> RouteList(IEnumerable<EndpointDataSource> sources) =>
        [
            .. sources
                .SelectMany(s => s.Endpoints)
                .OfType<RouteEndpoint>()
                .Where(e => e.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is null)
                .SelectMany(e =>
                    (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                        .Where(m => m != "HEAD")
                        .Select(m => $"{m} /{e.RoutePattern.RawText?.TrimStart('/')}")
                )
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
}

/// <summary>The content of <c>/.well-known/heroservice.json</c>.</summary>
/// <param name="Routes">Method and path of every route.</param>
public sealed record ServiceDescription(
    string Name,
    string Description,
    string Version,
    IReadOnlyList<Feature> Features,
    IReadOnlyList<string> Routes
);

/// <summary>Checks that the store answers and that its schema is complete.</summary>
internal sealed class ReadCheck(Database database, StoreFailures failures, LogThrottle throttle, ILogger<ReadCheck> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        try
        {
            if (database.Commits.Broken.IsCompleted)
                return false;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(Patience);
            if ((await database.MissingMigrationsAsync(limit.Token)).Count == 0)
                return true;
            // The route is public, so the number of log lines is limited.
            if (throttle.Take("health migrations", TimeSpan.FromMinutes(1)) > 0)
                log.LogWarning("Not ready: the database lacks migrations; run 'hero-onboarding migrate'");
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            failures.Log("Readiness check", "/health/ready", e);
        }
        return false;
    }
}

/// <summary>A feature that configuration switches on or off.</summary>
/// <param name="Reason">A sentence: why it is off, or how it is configured.</param>
public sealed record Feature(string Name, bool On, string Reason);

/// <summary>The features of this configuration.</summary>
public static class Features
{
    public static IReadOnlyList<Feature> All(LoadedOptions options) =>
        [.. options.All<IFeatureOptions>().Select(o => o.Feature)];

    /// <summary>The origins that forms may lead to beside the portal's own (CSP form-action).</summary>
    public static IReadOnlyList<string> FormTargets(LoadedOptions options) =>
        [.. options.All<IFeatureOptions>().SelectMany(o => o.FormTargets)];
}

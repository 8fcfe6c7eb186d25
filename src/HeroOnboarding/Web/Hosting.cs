using HeroOnboarding.Configuration;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>The web server: its addresses, its log, and the steps before the first request.</summary>
public static class Hosting
{
    internal static WebApplicationBuilder CreateBuilder(LoadedOptions options)
    {
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions
            {
                ApplicationName = typeof(Hosting).Assembly.GetName().Name,
                ContentRootPath = AppContext.BaseDirectory,
                EnvironmentName = Environments.Production,
            }
        );
        builder.Configuration.Sources.Clear();
        // Off: otherwise a build (unlike a published portal) has one more route, without a policy, that serves
        // files of wwwroot.
        builder.Configuration.AddInMemoryCollection([new("ReloadStaticAssetsAtRuntime", "false")]);
        builder.WebHost.UseUrls(options.Get<PortalOptions>().Listen);
        builder.WebHost.UseStaticWebAssets();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyLimit.Pool + 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        });
        AddLogging(builder, options);
        options.AddTo(builder.Services);
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    private static void AddLogging(WebApplicationBuilder builder, LoadedOptions options)
    {
        builder.Logging.ClearProviders();
        if (options.Get<LogOptions>().Format == "json")
            builder.Logging.AddJsonConsole(o => (o.UseUtcTimestamp, o.IncludeScopes) = (true, true));
        else
            builder.Logging.AddSimpleConsole(o => (o.SingleLine, o.IncludeScopes) = (true, true));
        builder.Services.AddSingleton<IExternalScopeProvider, LogTrace>();
        // The host reads levels from this section. A later source overrides single levels of an earlier one.
        builder.Configuration.AddInMemoryCollection(DefaultLevels);
        builder.Configuration.AddInMemoryCollection(options.Logging.AsEnumerable().Where(l => l.Value is not null));
    }

    /// <summary>Log levels by category; the longest matching category name applies.</summary>
    private static readonly Dictionary<string, string?> DefaultLevels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
        // ASP.NET Core logs a line for each bad form or callback, which any client can send. The portal logs their
        // number, once a minute.
        ["Logging:LogLevel:Microsoft.AspNetCore.Antiforgery"] = "Critical",
        ["Logging:LogLevel:Microsoft.AspNetCore.Authentication"] = "Critical",
        ["Logging:LogLevel:Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware"] = "Error",
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
    };

    /// <summary>
    /// Checks what must be true before the first request: the schema, and the start steps of features.
    /// </summary>
    /// <param name="acceptOlderStore">An operator restored an older copy of the SQLite file on purpose.</param>
    /// <exception cref="SettingsException">Configuration and store do not fit.</exception>
    public static async Task PrepareAsync(
        WebApplication app,
        bool acceptOlderStore = false,
        CancellationToken cancel = default
    )
    {
        var database = app.Services.GetRequiredService<Database>();
        if (await database.CheckProgressAsync(acceptOlderStore, cancel) is { } accepted)
            app.Services.GetRequiredService<ILogger<Database>>().LogWarning("{Accepted}", accepted);
        if (database.MigratesAtStart)
            await database.MigrateAsync(cancel);
        else if (await database.MissingMigrationsAsync(cancel) is { Count: > 0 } missing)
            throw new SettingsException(
                "DATABASE_URL: The database lacks "
                    + $"{Show.Count(missing.Count, "migration")}; run 'hero-onboarding migrate' first."
            );
        foreach (var step in app.Services.GetServices<StartStep>())
            await step.RunAsync(cancel);
    }

    /// <summary>Registers a step that runs once, after the schema is complete and before the first request.</summary>
    public static void AddStartStep(
        this IServiceCollection services,
        Func<IServiceProvider, Func<CancellationToken, Task>> step
    ) => services.AddSingleton(sp => new StartStep(step(sp)));
}

/// <summary>A step of the start. Steps run in the order of registration.</summary>
/// <exception cref="SettingsException">Thrown by the step when configuration and store do not fit.</exception>
internal sealed record StartStep(Func<CancellationToken, Task> RunAsync);

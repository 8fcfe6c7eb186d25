using HeroOnboarding.Configuration;
using HeroOnboarding.Store;

namespace HeroOnboarding.Web;

/// <summary>The server around the portal: where it listens, how it logs, what must be true before it answers.</summary>
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
        // Off, or a build (unlike a published portal) would have one route more, without a policy, that serves files of
        // wwwroot.
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
        // The host reads levels from this section. A later source replaces single levels of an earlier one.
        builder.Configuration.AddInMemoryCollection(DefaultLevels);
        builder.Configuration.AddInMemoryCollection(options.Logging.AsEnumerable().Where(l => l.Value is not null));
    }

    /// <summary>Levels by category; the longest name that fits a category counts.</summary>
    private static readonly Dictionary<string, string?> DefaultLevels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
        // A line for each bad form or callback, which anybody can send; we log them counted, once a minute.
        ["Logging:LogLevel:Microsoft.AspNetCore.Antiforgery"] = "Critical",
        ["Logging:LogLevel:Microsoft.AspNetCore.Authentication"] = "Critical",
        ["Logging:LogLevel:Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware"] = "Error",
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
    };

    /// <summary>What must be true before the first request: the schema, and what features check.</summary>
    /// <exception cref="SettingsException">Configuration and store do not fit.</exception>
    /// <param name="acceptOlderStore">An older copy of the SQLite file was put back on purpose.</param>
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

    /// <summary>Registers what runs once, after the schema is complete, before the first request.</summary>
    public static void AddStartStep(
        this IServiceCollection services,
        Func<IServiceProvider, Func<CancellationToken, Task>> step
    ) => services.AddSingleton(sp => new StartStep(step(sp)));
}

/// <summary>Runs at the start, in the order of registration.</summary>
/// <exception cref="SettingsException">Thrown by the step when configuration and store do not fit.</exception>
internal sealed record StartStep(Func<CancellationToken, Task> RunAsync);

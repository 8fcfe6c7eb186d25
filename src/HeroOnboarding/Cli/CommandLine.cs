using System.CommandLine;
using System.Text.Json;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Cli;

/// <summary>
/// The commands of the executable. Only serve, migrate, check-config and info open the store; the others use HTTP.
/// </summary>
public static class CommandLine
{
    /// <returns>0 for success; 1 for a failure; 2 for a mistake in the configuration.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand(
            "Hero Onboarding: the self-service front door to virtual machines. Without a command it serves. Settings "
                + "are environment variables; see docs/configuration.md."
        );
        var acceptOlder = new Option<bool>("--accept-older-store")
        {
            Description = "SQLite, for one start: go on with an older or another store that was put back on purpose.",
        };
        root.Options.Add(acceptOlder);
        root.SetAction((result, cancel) => ServeAsync(result.GetValue(acceptOlder), cancel));
        var serve = new Command("serve", "Run the portal (default).") { acceptOlder };
        serve.SetAction((result, cancel) => ServeAsync(result.GetValue(acceptOlder), cancel));
        var migrate = new Command(
            "migrate",
            "Bring the database up to date; PostgreSQL needs it before 'serve', SQLite does it by itself."
        );
        migrate.SetAction((_, cancel) => MigrateAsync(cancel));
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var info = new Command("info", "What this executable is: version, database, features on and off.") { json };
        info.SetAction(result => Info(result.GetValue(json)));
        foreach (
            var command in new[]
            {
                serve,
                migrate,
                CheckConfigCommand(),
                info,
                PoolCommands.Create(),
                AutoReleaseCommand.Create(),
                TokenCommands.Create(),
                UsersCommand.Create(),
            }
        )
            root.Subcommands.Add(command);
        // By default the library ends the process two seconds after SIGTERM. The host needs up to thirty seconds to
        // finish its requests.
        return await root.Parse(args)
            .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(40) });
    }

    private static Command CheckConfigCommand()
    {
        var check = new Command(
            "check-config",
            "Read the settings and name every mistake in a sentence; nothing is started."
        );
        var connect = new Option<bool>("--connect")
        {
            Description =
                "Ask the database or its folder, the Forge and every provider whether they answer, with "
                + "time-outs; nothing is changed.",
        };
        check.Options.Add(connect);
        check.SetAction(
            (result, cancel) =>
                CheckConfigAsync(AllOptions.FromEnvironment(), Console.Out, result.GetValue(connect), cancel)
        );
        return check;
    }

    /// <param name="acceptOlder">See <see cref="Hosting.PrepareAsync"/>.</param>
    private static Task<int> ServeAsync(bool acceptOlder, CancellationToken cancel) =>
        WithSettingsAsync(async settings =>
        {
            // The sentence below reports a start that failed; the host would first log it with a stack trace.
            var started = false;
            await using var app = Program.Build(
                settings,
                builder => builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", _ => started)
            );
            var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("HeroOnboarding");
            foreach (var suspicion in settings.NearMisses.Concat(app.Services.GetRequiredService<Database>().Warnings))
                log.LogWarning("{Suspicion}", suspicion);
            await Hosting.PrepareAsync(app, acceptOlder, cancel);
            await ListenAsync(app, settings.Get<PortalOptions>(), cancel);
            started = true;
            log.LogInformation(
                "Serving {Url} (listening on {Listen}, {Database})",
                settings.Get<PortalOptions>().PublicBaseUrl,
                string.Join(", ", app.Urls),
                app.Services.GetRequiredService<Database>().Name
            );
            await app.WaitForShutdownAsync(cancel);
            return EndWithCommitQueue.ExitCode(app.Services.GetRequiredService<Database>(), Console.Error);
        });

    /// <exception cref="SettingsException">It cannot listen on the address of LISTEN.</exception>
    private static async Task ListenAsync(WebApplication app, PortalOptions portal, CancellationToken cancel)
    {
        try
        {
            await app.StartAsync(cancel);
        }
        catch (Exception e)
        {
            // Background work starts before the server listens. It is stopped here, before its services are disposed.
            await app.StopAsync(CancellationToken.None);
            if (StartFailure.ExplainListen(portal, e) is { } sentence)
                throw new SettingsException(sentence);
            throw;
        }
    }

    private static Task<int> MigrateAsync(CancellationToken cancel) =>
        WithSettingsAsync(async settings =>
        {
            await using var database = Database.Open(settings.Get<StoreOptions>(), PortalModel.Rows);
            foreach (var warning in database.Warnings)
                await Console.Error.WriteLineAsync(warning);
            await database.CheckProgressAsync(acceptOlder: false, cancel);
            await database.MigrateAsync(Console.Out.WriteLine, cancel);
            await Console.Out.WriteLineAsync($"The {database.Name} database is up to date.");
            return 0;
        });

    /// <returns>2 for a mistake, and with <paramref name="connect"/> also for a system that does not
    /// answer as expected.</returns>
    internal static async Task<int> CheckConfigAsync(
        LoadedOptions settings,
        TextWriter output,
        bool connect,
        CancellationToken cancel = default
    )
    {
        var code = CheckConfig(settings, output);
        if (!connect)
            return code;
        if (settings.Mistakes.Count > 0)
        {
            await output.WriteLineAsync("Nothing was asked: mend the mistakes above first.");
            return code;
        }
        using var asks = new CheckConnections(settings, output);
        return await asks.RunAsync(cancel) == 0 ? code : 2;
    }

    internal static int CheckConfig(LoadedOptions settings, TextWriter output)
    {
        var mistakes = settings.Mistakes.Concat(settings.NearMisses).ToList();
        foreach (var mistake in mistakes)
            output.WriteLine(mistake);
        if (mistakes.Count == 0)
            output.WriteLine("The settings are fine.");
        foreach (var feature in Features.All(settings))
            output.WriteLine($"{(feature.On ? "on " : "off")}  {feature.Name}: {feature.Reason}");
        return mistakes.Count == 0 ? 0 : 2;
    }

    private static int Info(bool json)
    {
        var settings = AllOptions.FromEnvironment();
        var (database, features) = (
            settings.Get<StoreOptions>().DatabaseUrl is null ? "sqlite" : "postgresql",
            Features.All(settings)
        );
        if (json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    new
                    {
                        Name = "hero_onboarding",
                        Health.Version,
                        Database = database,
                        settings.Get<PortalOptions>().PublicBaseUrl,
                        Features = features,
                    },
                    Json.Options
                )
            );
            return 0;
        }
        Console.WriteLine(
            $"hero-onboarding {Health.Version}, {database}, {settings.Get<PortalOptions>().PublicBaseUrl}"
        );
        foreach (var feature in features)
            Console.WriteLine($"{(feature.On ? "on " : "off")}  {feature.Name}: {feature.Reason}");
        return 0;
    }

    /// <summary>Ends the command with one sentence per mistake, never with a stack trace.</summary>
    private static async Task<int> WithSettingsAsync(Func<LoadedOptions, Task<int>> run)
    {
        var settings = AllOptions.FromEnvironment();
        foreach (var mistake in settings.Mistakes)
            await Console.Error.WriteLineAsync(mistake);
        if (settings.Mistakes.Count > 0)
            return 2;
        try
        {
            return await run(settings);
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
        catch (Exception e) when (StartFailure.Explain(settings.Get<StoreOptions>(), e) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return 2;
        }
        catch (IOException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}

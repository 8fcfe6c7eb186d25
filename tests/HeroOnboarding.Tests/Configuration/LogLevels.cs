using HeroOnboarding.Configuration;
using HeroOnboarding.Tests.Cli;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>Log levels are .NET's own settings: <c>Logging__LogLevel__CATEGORY</c>.</summary>
public sealed class LogLevels
{
    [Theory]
    [InlineData("HeroOnboarding.Store.Database", null, LogLevel.Information)]
    [InlineData("HeroOnboarding.Store.Database", "Logging__LogLevel__Default=Debug", LogLevel.Debug)]
    [InlineData("HeroOnboarding.Store.Database", "LOGGING__LOGLEVEL__DEFAULT=warning", LogLevel.Warning)]
    [InlineData("HeroOnboarding.Store.Database", "Logging__LogLevel__HeroOnboarding.Store=Trace", LogLevel.Trace)]
    [InlineData("HeroOnboarding.Web.Health", "Logging__LogLevel__HeroOnboarding.Store=Trace", LogLevel.Information)]
    [InlineData("Microsoft.AspNetCore.Routing", null, LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Routing", "Logging__LogLevel__Default=Debug", LogLevel.Warning)]
    [InlineData("Microsoft.AspNetCore.Routing", "Logging__LogLevel__Microsoft=Debug", LogLevel.Debug)]
    [InlineData("Microsoft.AspNetCore.Routing", "Logging__LogLevel__Microsoft.AspNetCore=Error", LogLevel.Error)]
    [InlineData("Microsoft.AspNetCore.Antiforgery.X", "Logging__LogLevel__Microsoft=Debug", LogLevel.Critical)]
    public async Task The_longest_name_that_fits_decides(string category, string? setting, LogLevel least)
    {
        await using var app = Program.Build(
            Load(setting),
            quiet => quiet.Logging.ClearProviders().AddProvider(new Any())
        );
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);
        Assert.True(log.IsEnabled(least));
        Assert.False(least > LogLevel.Trace && log.IsEnabled(least - 1));
    }

    [Theory]
    [InlineData("Logging__LogLevel__Default=Loud", "Logging__LogLevel__Default is 'Loud'; it must be one of Trace,")]
    [InlineData("Logging__Console__LogLevel__Microsoft=x", "Logging__Console__LogLevel__Microsoft is 'x'; it must be")]
    public void A_level_that_does_not_exist_is_a_mistake(string setting, string sentence)
    {
        var loaded = Load(setting);
        Assert.StartsWith(sentence, Assert.Single(loaded.Mistakes), StringComparison.Ordinal);
        Assert.Empty(loaded.NearMisses);
    }

    [Fact]
    public async Task The_executable_logs_at_the_levels_that_are_set()
    {
        await using var quiet = await PortalProcess.StartAsync(
            new Dictionary<string, string> { ["Logging__LogLevel__HeroOnboarding"] = "Warning" }
        );
        await using var usual = await PortalProcess.StartAsync();
        Assert.Equal((0, 0), (await usual.StopAsync("TERM"), await quiet.StopAsync("TERM")));
        Assert.Contains("Serving ", usual.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Serving ", quiet.Log, StringComparison.Ordinal);
        var loud = (
            await Executable.RunAsync(
                "serve",
                new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Loud" }
            )
        ).Expect(2);
        Assert.Contains("Logging__LogLevel__Default is 'Loud'", loud.Errors, StringComparison.Ordinal);
    }

    private static LoadedOptions Load(string? setting)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (setting?.Split('=') is [var name, var value])
            environment[name] = value;
        return AllOptions.Load(environment);
    }

    /// <summary>Takes every level, so that only the filters decide.</summary>
    private sealed class Any : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) { }

        public void Dispose() { }
    }
}

using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

public sealed class AutoReleaseOverHttp
{
    [Fact]
    public async Task One_tick_is_asked_for_and_its_numbers_are_printed()
    {
        await using var portal = await PortalProcess.StartAsync();
        var settings = portal.Settings;
        Assert.Contains(
            "Say --once",
            (await Executable.RunAsync("auto-release", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        foreach (var arguments in new[] { "--once", "--once --force --without-notice" })
        {
            var done = (await Executable.RunAsync("auto-release " + arguments, settings)).Expect(0);
            Assert.Equal(
                """{"rows_examined":0,"rows_expired":0,"rows_released":0,"rows_already_released":0,"errors":0}""",
                done.Output.Trim()
            );
        }
        var wrong = new Dictionary<string, string>(settings)
        {
            ["HERO_ONBOARDING_ADMIN_SECRET"] = "another-operator-secret-0123456789abcdef",
        };
        Assert.Contains(
            "admin.secret_wrong",
            (await Executable.RunAsync("auto-release --once", wrong)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "does not answer",
            (await Executable.RunAsync($"auto-release --once --url http://127.0.0.1:{FreePorts.Next()}", settings))
                .Expect(1)
                .Errors,
            StringComparison.Ordinal
        );
    }
}

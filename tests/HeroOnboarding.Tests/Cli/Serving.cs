using System.Net;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary>The server as a process: how it starts, how it ends, what it refuses.</summary>
public sealed class Serving
{
    [Fact]
    public async Task It_refuses_to_start_with_mistakes_in_the_settings()
    {
        await using var portal = new PortalProcess(
            new Dictionary<string, string>
            {
                ["RATE_REQUESTS_PER_MINUTE"] = "many",
                ["DEPLOYER_URL"] = "https://deployer.example.org",
            }
        );
        foreach (var command in new[] { "serve", "" })
        {
            var ended = (await Executable.RunAsync(command, portal.Settings)).Expect(2);
            Assert.Contains("RATE_REQUESTS_PER_MINUTE is 'many'", ended.Errors, StringComparison.Ordinal);
            Assert.Contains("DEPLOYER_URL is set but DEPLOYER_SECRET is not", ended.Errors, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(Path.Combine(portal.Folder, "hero-onboarding.sqlite")));
    }

    [Fact]
    public async Task A_second_server_on_the_same_folder_is_refused_and_the_first_goes_on()
    {
        await using var first = await PortalProcess.StartAsync();
        var second = new Dictionary<string, string>(first.Settings)
        {
            ["LISTEN"] = $"http://127.0.0.1:{FreePorts.Next()}",
        };
        var ended = (await Executable.RunAsync("serve", second)).Expect(2);
        Assert.Contains("Is another server using this folder?", ended.Errors, StringComparison.Ordinal);
        Assert.Contains(
            "Is another server using this folder?",
            (await Executable.RunAsync("migrate", second)).Expect(2).Errors,
            StringComparison.Ordinal
        );
        await first.PostAsync("/admin/pool-refresh", "[]", HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_taken_port_is_said_in_a_sentence()
    {
        await using var first = await PortalProcess.StartAsync();
        await using var second = new PortalProcess(
            new Dictionary<string, string> { ["LISTEN"] = first.Address.ToString() }
        );
        var ended = (await Executable.RunAsync("serve", second.Settings)).Expect(2);
        Assert.Contains("address already in use", ended.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_it_in_order(string signal)
    {
        await using var portal = await PortalProcess.StartAsync();
        Assert.Equal(0, await portal.StopAsync(signal));
    }

    [Fact]
    public async Task After_a_power_cut_it_starts_again_with_everything_it_had_answered()
    {
        await using var portal = await PortalProcess.StartAsync();
        await portal.PostAsync("/admin/pool-refresh", """[{"id":"a"},{"id":"b"},{"id":"c"}]""", HttpStatusCode.OK);
        await portal.KillAsync();
        await portal.StartAgainAsync();
        Assert.Equal(
            """{"prev_pool_size":3,"pool_size":0}""",
            await portal.PostAsync("/admin/pool-refresh", "[]", HttpStatusCode.OK)
        );
    }

    [Fact]
    public async Task A_name_that_looks_like_a_setting_is_a_warning_at_the_start_and_never_its_value()
    {
        await using var portal = await PortalProcess.StartAsync(
            new Dictionary<string, string> { ["DEPLOYER_SECRETT"] = "planted-value" }
        );
        Assert.Contains(
            "DEPLOYER_SECRETT is not a setting; did you mean DEPLOYER_SECRET?",
            portal.Log,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("planted-value", portal.Log, StringComparison.Ordinal);
    }
}

using System.Net;
using System.Net.Sockets;
using HeroOnboarding.Cli;
using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary><c>check-config --connect</c>.</summary>
public sealed class AskingEverything
{
    [Fact]
    public async Task What_answers_is_ok_and_the_command_ends_with_0()
    {
        await using var at = await ForgePortal.StartAsync();
        await using var portal = new PortalProcess(
            new Dictionary<string, string>
            {
                ["FORGE_URL"] = at.Forge.Address.ToString(),
                ["FORGE_CLIENT_ID"] = "x",
                ["FORGE_CLIENT_SECRET"] = ForgePortal.ClientSecret,
            }
        );
        var ended = (await Executable.RunAsync("check-config --connect", portal.Settings)).Expect(0);
        Assert.Contains($"ok   DATA_DIR: {portal.Folder} can be written.", ended.Output, StringComparison.Ordinal);
        Assert.Contains("ok   FORGE_URL: the Forge answers.", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "DATA_DIR: ",
            (await Executable.RunAsync("check-config", portal.Settings)).Expect(0).Output,
            StringComparison.Ordinal
        );
        Assert.Empty(Directory.GetFiles(portal.Folder));
    }

    [Fact]
    public async Task What_does_not_answer_is_named_and_the_command_ends_with_2()
    {
        var down = $"http://127.0.0.1:{FreePorts.Next()}/";
        await using var portal = new PortalProcess(
            new Dictionary<string, string>
            {
                ["DATABASE_URL"] = "postgres://hero:planted-password@127.0.0.1:1/hero",
                ["FORGE_URL"] = down,
                ["FORGE_CLIENT_ID"] = "x",
                ["FORGE_CLIENT_SECRET"] = "planted-secret",
                ["DEPLOYER_URL"] = down,
                ["DEPLOYER_SECRET"] = "whsec_" + Convert.ToBase64String(new byte[32]),
                ["STRIPE_API_URL"] = down,
                ["STRIPE_SECRET_KEY"] = "sk_test_planted",
                ["STRIPE_WEBHOOK_SIGNING_KEY"] = "whsec_planted",
                ["IDENFY_API_URL"] = down,
                ["IDENFY_API_KEY"] = "planted",
                ["IDENFY_API_SECRET"] = "planted",
                ["IDENFY_WEBHOOK_SECRET"] = "planted-planted-planted",
                ["MYCELIUM_API_URL"] = down,
            }
        );
        var ended = (await Executable.RunAsync("check-config --connect", portal.Settings)).Expect(2);
        Assert.Contains(
            "bad  DATABASE_URL: the connection to 127.0.0.1:1 was refused.",
            ended.Output,
            StringComparison.Ordinal
        );
        foreach (
            var name in new[] { "FORGE_URL", "DEPLOYER_URL", "STRIPE_SECRET_KEY", "IDENFY_API_URL", "MYCELIUM_API_URL" }
        )
            Assert.Contains($"bad  {name}: the connection was refused.", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", ended.Output + ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_silent_is_waited_for_with_an_end()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var settings = AllOptions.Load(
            new Dictionary<string, string?>
            {
                ["DATA_DIR"] = Path.GetTempPath(),
                ["FORGE_URL"] = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/",
                ["FORGE_CLIENT_ID"] = "x",
                ["FORGE_CLIENT_SECRET"] = "y",
            }
        );
        await using var output = new StringWriter();
        using var asks = new CheckConnections(settings, output) { Patience = TimeSpan.FromMilliseconds(200) };
        Assert.Equal(1, await asks.RunAsync(CancellationToken.None));
        Assert.Contains("bad  FORGE_URL: no answer within", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("ok   DATA_DIR", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_that_is_behind_is_named_and_one_that_is_complete_is_fine()
    {
        var server = await PostgresServer.SharedAsync();
        foreach (var migrated in new[] { false, true })
        {
            var url = await server.CreateDatabaseAsync(migrated);
            await using var output = new StringWriter();
            using var asks = new CheckConnections(
                AllOptions.Load(new Dictionary<string, string?> { ["DATABASE_URL"] = url }),
                output
            );
            Assert.Equal(migrated ? 0 : 1, await asks.RunAsync(CancellationToken.None));
            Assert.Contains(
                migrated ? "its schema is complete" : "run 'hero-onboarding migrate'",
                output.ToString(),
                StringComparison.Ordinal
            );
            await server.DropDatabaseAsync(url);
        }
    }
}

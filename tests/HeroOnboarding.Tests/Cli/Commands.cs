using System.Text.Json;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary>The commands that need no running portal.</summary>
public sealed class Commands
{
    [Theory]
    [InlineData("--help", "Commands:")]
    [InlineData("serve --help", "Run the portal")]
    [InlineData("--help", "--accept-older-store")]
    [InlineData("serve --help", "--accept-older-store")]
    [InlineData("migrate --help", "Bring the database up to date")]
    [InlineData("check-config --help", "name every mistake")]
    [InlineData("info --help", "--json")]
    [InlineData("pool --help", "refresh <FILE>")]
    [InlineData("pool show --help", "--url")]
    [InlineData("pool refresh --help", "standard input")]
    public async Task Every_command_explains_itself(string command, string says)
    {
        var ended = (await Executable.RunAsync(command)).Expect(0);
        Assert.Contains("Usage:", ended.Output, StringComparison.Ordinal);
        Assert.Contains(says, ended.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sevre")]
    [InlineData("pool")]
    [InlineData("pool refresh")]
    [InlineData("info --yaml")]
    public async Task A_command_that_does_not_exist_fails_and_shows_those_that_do(string command)
    {
        var ended = (await Executable.RunAsync(command)).Expect(1);
        Assert.Contains("Usage:", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Good_settings_are_called_fine_and_features_that_are_off_say_why()
    {
        var ended = (
            await Executable.RunAsync("check-config", new Dictionary<string, string> { ["VM_POOL_JSON"] = "[]" })
        ).Expect(0);
        Assert.Contains("The settings are fine.", ended.Output, StringComparison.Ordinal);
        Assert.Contains("off  forge_sign_in: FORGE_URL", ended.Output, StringComparison.Ordinal);
        Assert.Contains("on   pool: Configured.", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_mistake_in_the_settings_gets_its_own_sentence()
    {
        var ended = (
            await Executable.RunAsync(
                "check-config",
                new Dictionary<string, string>
                {
                    ["PUBLIC_BASE_URL"] = "http://portal.example.org",
                    ["HERO_ONBOARDING_ADMIN_SECRET"] = "short",
                    ["FORGE_URL"] = "https://forge.example.org",
                    ["VM_POOL_JSON"] = """[{"id":"vm-1"},{"id":"vm-1"}]""",
                    ["FORGE_CLIENT_IDD"] = "x",
                }
            )
        ).Expect(2);
        var lines = ended.Output.Split('\n');
        Assert.Contains(lines, l => l.StartsWith("PUBLIC_BASE_URL is plain http", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("HERO_ONBOARDING_ADMIN_SECRET has 5 bytes", StringComparison.Ordinal));
        Assert.Contains(
            lines,
            l =>
                l.StartsWith(
                    "FORGE_URL is set but FORGE_CLIENT_ID and FORGE_CLIENT_SECRET are not",
                    StringComparison.Ordinal
                )
        );
        Assert.Contains(
            lines,
            l => l.StartsWith("VM_POOL_JSON: Entry 2 ('vm-1'): this 'id' is there twice.", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            l =>
                l.StartsWith(
                    "FORGE_CLIENT_IDD is not a setting; did you mean FORGE_CLIENT_ID?",
                    StringComparison.Ordinal
                )
        );
        Assert.DoesNotContain("The settings are fine.", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_tells_programs_what_this_is_and_never_a_secret()
    {
        var secret = "postgres://hero:planted-password@127.0.0.1:1/hero";
        var ended = (
            await Executable.RunAsync("info --json", new Dictionary<string, string> { ["DATABASE_URL"] = secret })
        ).Expect(0);
        var info = JsonDocument.Parse(ended.Output).RootElement;
        Assert.Equal("hero_onboarding", info.GetProperty("name").GetString());
        Assert.Equal("postgresql", info.GetProperty("database").GetString());
        Assert.Contains(
            info.GetProperty("features").EnumerateArray(),
            f => f.GetProperty("name").GetString() == "deployer" && !f.GetProperty("on").GetBoolean()
        );
        Assert.DoesNotContain("planted-password", ended.Output + ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_makes_a_sqlite_store_and_is_safe_to_repeat()
    {
        await using var portal = new PortalProcess();
        for (var time = 1; time <= 2; time++)
            Assert.Contains(
                "The sqlite database is up to date.",
                (await Executable.RunAsync("migrate", portal.Settings)).Expect(0).Output,
                StringComparison.Ordinal
            );
        Assert.True(File.Exists(Path.Combine(portal.Folder, "hero-onboarding.sqlite")));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_said_in_a_sentence_without_its_password()
    {
        foreach (var command in new[] { "migrate", "serve" })
        {
            var ended = (
                await Executable.RunAsync(
                    command,
                    new Dictionary<string, string>
                    {
                        ["DATABASE_URL"] = "postgres://hero:planted-password@127.0.0.1:1/hero",
                    }
                )
            ).Expect(2);
            Assert.Contains(
                "DATABASE_URL: the connection to 127.0.0.1:1 was refused.",
                ended.Errors,
                StringComparison.Ordinal
            );
            Assert.DoesNotContain("planted-password", ended.Output + ended.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task On_postgresql_only_migrate_changes_the_schema()
    {
        var server = await PostgresServer.SharedAsync();
        var url = await server.CreateDatabaseAsync(migrated: false);
        await using var portal = new PortalProcess(new Dictionary<string, string> { ["DATABASE_URL"] = url });
        var refused = (await Executable.RunAsync("serve", portal.Settings)).Expect(2);
        Assert.Contains("run 'hero-onboarding migrate' first", refused.Errors, StringComparison.Ordinal);
        Assert.Contains(
            "The postgresql database is up to date.",
            (await Executable.RunAsync("migrate", portal.Settings)).Expect(0).Output,
            StringComparison.Ordinal
        );
        await portal.StartAgainAsync();
        await portal.KillAsync();
        await server.DropDatabaseAsync(url);
    }
}

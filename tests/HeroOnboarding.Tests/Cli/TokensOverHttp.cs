using System.Text.Json;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Cli;

/// <summary><c>tokens</c> and <c>users</c> against other processes.</summary>
public sealed class TokensOverHttp
{
    [Fact]
    public async Task A_token_is_made_used_listed_and_taken_back()
    {
        await using var portal = await PortalProcess.StartAsync();
        var token = (await Executable.RunAsync("tokens create feeder --scope pool --scope read --days 7", portal.Settings)).Expect(0).Output.Trim();
        Assert.Matches("^hmt_[A-Za-z0-9_-]{43}$", token);
        var asFeeder = new Dictionary<string, string> { ["HERO_ONBOARDING_ADMIN_SECRET"] = token };
        Assert.Equal("""{"prev_pool_size":1,"pool_size":0}""", (await Executable.RunAsync($"pool refresh - --url {portal.Address}", asFeeder, "[]")).Expect(0).Output.Trim());
        Assert.Contains("token.scope", (await Executable.RunAsync($"auto-release --once --url {portal.Address}", asFeeder)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.Matches("^feeder +live +until [0-9-]{10}  used [0-9-]{10}  pool read$", (await Executable.RunAsync("tokens list", portal.Settings)).Expect(0).Output.Trim());
        Assert.Equal("feeder", JsonDocument.Parse((await Executable.RunAsync("tokens list --json", portal.Settings)).Expect(0).Output).RootElement.GetProperty("rows")[0].GetProperty("name").GetString());
        Assert.Equal("The token feeder was taken back.", (await Executable.RunAsync("tokens revoke feeder", portal.Settings)).Expect(0).Output.Trim());
        Assert.Contains("token.over", (await Executable.RunAsync($"pool show --url {portal.Address}", asFeeder)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.Contains("There is no token named nobody", (await Executable.RunAsync("tokens revoke nobody", portal.Settings)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.Contains("token.name_taken", (await Executable.RunAsync("tokens create feeder --scope pool", portal.Settings)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(token, portal.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_is_resolved_to_its_number()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        var settings = new Dictionary<string, string> { ["FORGE_URL"] = forge.Address.ToString(), ["FORGE_CLIENT_ID"] = "portal", ["FORGE_CLIENT_SECRET"] = "secret" };
        Assert.Equal("4203 owner", (await Executable.RunAsync("users resolve Owner", settings)).Expect(0).Output.Trim());
        foreach (var odd in new[] { "nobody", "../../version", "a/b?c" })
            Assert.Contains("Nobody at", (await Executable.RunAsync($"users resolve {odd}", settings)).Expect(1).Errors, StringComparison.Ordinal);
        forge.Knobs.Down = true;
        Assert.Contains("answered 503", (await Executable.RunAsync("users resolve asha", settings)).Expect(1).Errors, StringComparison.Ordinal);
        settings["FORGE_URL"] = $"http://127.0.0.1:{PostgresServer.FreePort()}";
        Assert.Contains("does not answer", (await Executable.RunAsync("users resolve asha", settings)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.Contains("Set FORGE_URL", (await Executable.RunAsync("users resolve asha", null)).Expect(2).Errors, StringComparison.Ordinal);
    }
}

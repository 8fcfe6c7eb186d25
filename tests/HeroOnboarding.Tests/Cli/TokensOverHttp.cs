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
        Assert.Matches("^feeder +live +until [0-9-]{10}  used [0-9-]{10}  pool read$", (await Executable.RunAsync("tokens list", portal.Settings)).Expect(0).Output.Trim());
        Assert.Equal("The token feeder was taken back.", (await Executable.RunAsync("tokens revoke feeder", portal.Settings)).Expect(0).Output.Trim());
        Assert.Contains("token.over", (await Executable.RunAsync($"tokens revoke nobody --url {portal.Address}", asFeeder)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.Contains("token.name_taken", (await Executable.RunAsync("tokens create feeder --scope pool --json", portal.Settings)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(token, portal.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_is_resolved_to_its_number()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        var settings = new Dictionary<string, string> { ["FORGE_URL"] = forge.Address.ToString(), ["FORGE_CLIENT_ID"] = "portal", ["FORGE_CLIENT_SECRET"] = "secret" };
        Assert.Equal("4203 owner", (await Executable.RunAsync("users resolve Owner", settings)).Expect(0).Output.Trim());
        Assert.Contains("Nobody at", (await Executable.RunAsync("users resolve ../../version", settings)).Expect(1).Errors, StringComparison.Ordinal);
        forge.Knobs.Down = true;
        Assert.Contains("answered 503", (await Executable.RunAsync("users resolve asha", settings)).Expect(1).Errors, StringComparison.Ordinal);
        Assert.Contains("Set FORGE_URL", (await Executable.RunAsync("users resolve asha", null)).Expect(2).Errors, StringComparison.Ordinal);
    }
}

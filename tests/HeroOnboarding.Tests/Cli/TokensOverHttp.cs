using HeroOnboarding.Admin.Access;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Cli;

/// <summary><c>tokens</c> and <c>users</c> against other processes.</summary>
public sealed class TokensOverHttp
{
    [Fact]
    public async Task A_token_is_made_used_listed_and_taken_back()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, kestrel: true);
        var settings = new Dictionary<string, string>
        {
            ["PUBLIC_BASE_URL"] = portal.Address.ToString(),
            ["HERO_ONBOARDING_ADMIN_SECRET"] = Portal.AdminSecret,
        };
        var token = (await Executable.RunAsync("tokens create feeder --scope pool --scope read --days 7", settings))
            .Expect(0)
            .Output.Trim();
        Assert.Matches("^hmt_[A-Za-z0-9_-]{43}$", token);
        Assert.Contains(
            "token.name_taken",
            (await Executable.RunAsync("tokens create feeder --scope pool", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        // Every command takes a token in the place of the secret.
        (
            await Executable.RunAsync(
                "pool refresh -",
                new Dictionary<string, string>(settings) { ["HERO_ONBOARDING_ADMIN_SECRET"] = token },
                "[]"
            )
        ).Expect(0);
        // Nothing runs in the background here, so the test writes the time of last use.
        await portal.Services.GetRequiredService<HeroOnboarding.Accounts.LastUse>().FlushAsync();
        Assert.Matches(
            "^feeder +live +until [0-9-]{10}  used [0-9-]{10}  pool read$",
            (await Executable.RunAsync("tokens list", settings)).Expect(0).Output.Trim()
        );
        Assert.Equal(
            "The token feeder was taken back.",
            (await Executable.RunAsync("tokens revoke feeder", settings)).Expect(0).Output.Trim()
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-pool", secret: token)).ExpectRefusal(
            AccessRefusals.TokenOver
        );
        Assert.Contains(
            "There is no token named nobody",
            (await Executable.RunAsync("tokens revoke nobody", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(token[4..], string.Join('\n', portal.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_is_resolved_to_its_number()
    {
        await using var forge = await ForgeSimulator.StartAsync();
        var settings = new Dictionary<string, string>
        {
            ["FORGE_URL"] = forge.Address.ToString(),
            ["FORGE_CLIENT_ID"] = "portal",
            ["FORGE_CLIENT_SECRET"] = "secret",
        };
        Assert.Equal(
            "4203 owner",
            (await Executable.RunAsync("users resolve Owner", settings)).Expect(0).Output.Trim()
        );
        Assert.Contains(
            "Nobody at",
            (await Executable.RunAsync("users resolve ../../version", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        forge.Knobs.Down = true;
        Assert.Contains(
            "answered 503",
            (await Executable.RunAsync("users resolve asha", settings)).Expect(1).Errors,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Set FORGE_URL",
            (await Executable.RunAsync("users resolve asha", null)).Expect(2).Errors,
            StringComparison.Ordinal
        );
    }
}

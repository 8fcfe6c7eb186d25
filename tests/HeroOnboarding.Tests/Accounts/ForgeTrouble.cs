using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Configuration;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

public sealed class ForgeTrouble
{
    [Theory]
    [InlineData("down")]
    [InlineData("discovery")]
    [InlineData("gone")]
    public async Task A_Forge_that_does_not_answer_at_the_start_is_503_and_works_again_later(string trouble)
    {
        await using var at = await ForgePortal.StartAsync();
        if (trouble == "gone")
            await at.Forge.DisposeAsync();
        (at.Forge.Knobs.Down, at.Forge.Knobs.DiscoveryDown) = (trouble == "down", trouble == "discovery");
        var reply = (await ForgePortal.GetAsync(at.Portal.Browser(), "/login/forge/start")).ExpectRefusal(
            ForgeRefusals.ForgeUnreachable
        );
        Assert.NotNull(reply.Response.Headers.RetryAfter);
        if (trouble == "gone")
            return;
        (at.Forge.Knobs.Down, at.Forge.Knobs.DiscoveryDown) = (false, false);
        Assert.Equal("/dashboard", (await at.SignInAsync(at.Portal.Browser())).At.AbsolutePath);
    }

    [Theory]
    [InlineData("down")]
    [InlineData("gone")]
    public async Task A_Forge_that_does_not_answer_at_the_callback_is_503_and_writes_nothing(string trouble)
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var callback = await at.AgreeAsync(browser);
        var before = await at.Portal.FactsAsync();
        if (trouble == "gone")
            await at.Forge.DisposeAsync();
        at.Forge.Knobs.Down = true;
        var reply = (await ForgePortal.GetAsync(browser, callback)).ExpectRefusal(ForgeRefusals.ForgeUnreachable);
        Assert.NotNull(reply.Response.Headers.RetryAfter);
        Assert.Equal(before, await at.Portal.FactsAsync());
    }

    [Fact]
    public async Task Without_a_Forge_in_the_settings_sign_in_says_so_and_the_rest_runs()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var browser = portal.Browser();
        (await ForgePortal.GetAsync(browser, "/login/forge/start")).ExpectRefusal(ForgeRefusals.ForgeOff);
        (await ForgePortal.GetAsync(browser, ForgePortal.Callback + "?code=a&state=b")).ExpectRefusal(
            ForgeRefusals.ForgeOff
        );
        (await ForgePortal.GetAsync(browser, "/health")).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task A_store_that_has_met_one_Forge_does_not_start_with_another(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        await at.SignInAsync(at.Portal.Browser());
        var refused = await Assert.ThrowsAsync<SettingsException>(() =>
            at.Portal.RestartAsync(new Dictionary<string, string?> { ["FORGE_URL"] = "https://other-forge.example" })
        );
        Assert.Contains("https://other-forge.example", refused.Message, StringComparison.Ordinal);
        await at.Portal.RestartAsync(new Dictionary<string, string?> { ["FORGE_URL"] = at.Forge.Issuer + "/" });
        await at.SignInAsync(at.Portal.Browser());
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.Accounts.CountAsync()));
    }

    [Fact]
    public async Task Sign_in_attempts_are_limited_per_client_address()
    {
        await using var at = await ForgePortal.StartAsync(
            environment: new Dictionary<string, string?> { ["RATE_SIGNINS_PER_MINUTE"] = "3" }
        );
        for (var i = 0; i < 3; i++)
            (await ForgePortal.GetAsync(at.Portal.Browser(), "/login/forge/start")).Expect(302);
        var reply = (await ForgePortal.GetAsync(at.Portal.Browser(), "/login/forge/start")).ExpectRefusal(
            Refusals.RateLimited
        );
        Assert.InRange(reply.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        (await ForgePortal.GetAsync(at.Portal.Browser(), "/login/forge/start")).Expect(302);
    }
}

using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Accounts;

public sealed class LoginPage
{
    private static readonly Dictionary<string, string?> Forge = new()
    {
        ["FORGE_URL"] = "https://forge.example.org",
        ["FORGE_CLIENT_ID"] = "hero",
        ["FORGE_CLIENT_SECRET"] = "test-client-secret",
    };

    [Fact]
    public async Task Without_a_forge_there_is_no_button_but_an_explanation()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var page = (await portal.Browser().OpenAsync("/login")).Expect(200).Body;
        Assert.Contains("Sign-in with Forge is not set up here.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/login/forge/start", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "/login/forge/start")]
    [InlineData("?return_url=%2Fplans%3Fa%3Db%26c", "/login/forge/start?return_url=%2Fplans%3Fa%3Db%26c")]
    [InlineData("?return_url=https%3A%2F%2Fevil.example", "/login/forge/start")]
    [InlineData("?return_url=%2F%2Fevil.example", "/login/forge/start")]
    [InlineData("?return_url=%2F%5Cevil.example", "/login/forge/start")]
    [InlineData("?return_url=javascript%3Aalert(1)", "/login/forge/start")]
    [InlineData("?return_url=%2F%22%3E%3Cscript%3E", "/login/forge/start?return_url=%2F%22%3E%3Cscript%3E")]
    public async Task The_button_keeps_only_a_way_back_on_this_site(string query, string href)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: Forge);
        var page = (await portal.Browser().OpenAsync("/login" + query)).Expect(200).Body;
        Assert.Contains($"href=\"{href}\">Sign in with Forge</a>", page, StringComparison.Ordinal);
        Assert.Contains("forge.example.org", page, StringComparison.Ordinal);
        Assert.Contains("we never see your password", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Somebody_signed_in_is_told_as_whom_and_may_go_on()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var page = (await asha.Browser.OpenAsync("/login?return_url=%2Fcredit")).Expect(200).Body;
        Assert.Contains("You are signed in as asha", Markup.Text(page), StringComparison.Ordinal);
        Assert.Contains("href=\"/credit\">Continue</a>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_for_customers_sends_strangers_here_and_back()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: Forge);
        var reply = (await portal.Browser().OpenAsync("/credit?after=x")).Expect(200);
        Assert.Equal("/login?return_url=%2Fcredit%3Fafter%3Dx", reply.At.PathAndQuery);
    }
}

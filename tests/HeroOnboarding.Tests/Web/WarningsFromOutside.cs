using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Web;

/// <summary>
/// Clients cannot fill the log: for what any client can send there is one warning per minute and kind, with the count.
/// </summary>
public sealed class WarningsFromOutside
{
    [Fact]
    public async Task Bad_anonymous_forms_are_one_warning_a_minute_and_kind()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        using var stranger = portal.Browser();
        stranger.SetCookie(Portal.Base, "__Host-hero-form", "garbage");
        foreach (var token in new[] { "", "garbage", "CfDJ8garbage", "" })
            await SendAsync(stranger, token);
        Assert.Contains(
            "1 refused with form.expired since the last such line, this one to /login/challenge",
            Assert.Single(Warnings(portal)),
            StringComparison.Ordinal
        );
        (await stranger.SendRawAsync(HttpMethod.Post, "/login/challenge", "x", contentType: "text/plain")).Expect(415);
        Assert.Contains("1 refused with body.media_type", Warnings(portal)[^1], StringComparison.Ordinal);
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await SendAsync(stranger, "garbage");
        Assert.Equal(3, Warnings(portal).Count);
        Assert.Contains("4 refused with form.expired", Warnings(portal)[^1], StringComparison.Ordinal);
        // Each of them can still be found by its id.
        Assert.Equal(
            5,
            portal.Log.Lines.Count(l =>
                l.Contains("Refused POST /login/challenge: 400 form.expired", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public async Task Good_forms_warn_of_nothing()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        (await asha.Browser.SubmitAsync("/dashboard", "/logout")).Expect(303);
        Assert.Empty(Warnings(portal));
    }

    [Fact]
    public async Task Made_up_answers_of_the_Forge_are_one_warning_a_minute_and_kind()
    {
        await using var at = await ForgePortal.StartAsync();
        foreach (
            var query in new[]
            {
                "?code=x&state=garbage",
                "?state=garbage",
                "?code=x",
                "",
                "?code=x&state=garbage",
                "?error=access_denied&state=x",
            }
        )
        {
            using var stranger = at.Portal.Browser();
            Assert.NotEqual(
                500,
                (int)(await stranger.SendAsync(HttpMethod.Get, "/login/forge/callback" + query)).Status
            );
        }
        var warnings = Warnings(at.Portal);
        Assert.NotEmpty(warnings);
        Assert.All(warnings, w => Assert.Contains("Sign-in with Forge failed", w, StringComparison.Ordinal));
        Assert.Equal(warnings.Count, warnings.Distinct().Count());
        Assert.All(warnings, w => Assert.Contains(", 1 since the last such line", w, StringComparison.Ordinal));
    }

    private static async Task SendAsync(Browser stranger, string token) =>
        (
            await stranger.PostFormAsync(
                "/login/challenge",
                new Dictionary<string, string> { [FormTokens.Field] = token, ["address"] = "5f2::1" }
            )
        ).Expect(400);

    private static List<string> Warnings(Portal portal) =>
        [
            .. portal.Log.Lines.Where(l =>
                l.StartsWith("Warning", StringComparison.Ordinal)
                || l.StartsWith("Error", StringComparison.Ordinal)
                || l.StartsWith("Critical", StringComparison.Ordinal)
            ),
        ];
}

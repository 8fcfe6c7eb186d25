using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Simulators.Forge;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

public sealed class RefusedForgeSignIns
{
    [Theory]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("nonce")]
    [InlineData("key")]
    [InlineData("invalid_grant")]
    [InlineData("unauthorized_client")]
    [InlineData("server_error")]
    public async Task A_token_that_is_wrong_in_one_thing_opens_nothing(string wrong)
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var callback = await at.AgreeAsync(browser);
        Spoil(at.Forge.Knobs, wrong);
        await ExpectNothingAsync(at, browser, callback, AccountRefusals.SignInFailed);
    }

    [Fact]
    public async Task Discovery_that_names_another_issuer_opens_nothing()
    {
        await using var at = await ForgePortal.StartAsync();
        at.Forge.Knobs.WrongIssuer = true;
        at.Portal.Wire.Tamper = async (request, response) =>
        {
            if (!request.RequestUri!.AbsolutePath.EndsWith("/openid-configuration", StringComparison.Ordinal))
                return;
            var document = await TokenForgery.ReadAsync(response);
            document["issuer"] = "https://another-forge.example";
            response.Content = new StringContent(
                document.ToJsonString(),
                System.Text.Encoding.UTF8,
                "application/json"
            );
        };
        var browser = at.Portal.Browser();
        await ExpectNothingAsync(at, browser, await at.AgreeAsync(browser), AccountRefusals.SignInFailed);
    }

    [Fact]
    public async Task A_refused_consent_is_said_so()
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var away = (await ForgePortal.GetAsync(browser, "/login/forge/start")).Expect(302).Location!;
        var back = (await ForgePortal.GetAsync(browser, away + "&refuse=yes")).Expect(302).Location!;
        await ExpectNothingAsync(at, browser, back, ForgeRefusals.ForgeDenied);
    }

    [Fact]
    public async Task The_callback_of_somebody_else_signs_nobody_in()
    {
        await using var at = await ForgePortal.StartAsync();
        var (victim, attacker) = (at.Portal.Browser(), at.Portal.Browser());
        var callback = await at.AgreeAsync(attacker, "juma");
        await ExpectNothingAsync(at, victim, callback, AccountRefusals.SignInFailed);
        // Also not when the victim has begun a sign-in of its own.
        await at.AgreeAsync(victim);
        await ExpectNothingAsync(at, victim, callback, AccountRefusals.SignInFailed);
        Assert.Equal("/dashboard", (await ForgePortal.GetAsync(attacker, callback)).Expect(303).Location);
    }

    [Fact]
    public async Task A_replayed_callback_opens_nothing_even_with_the_cookies_of_the_first_time()
    {
        await using var at = await ForgePortal.StartAsync();
        var (browser, thief) = (at.Portal.Browser(), at.Portal.Browser());
        var callback = await at.AgreeAsync(browser);
        foreach (System.Net.Cookie cookie in browser.Cookies.GetAllCookies())
            thief.Cookies.Add(
                new System.Net.Cookie(cookie.Name, cookie.Value, cookie.Path, cookie.Domain) { Secure = cookie.Secure }
            );
        (await ForgePortal.GetAsync(browser, callback)).Expect(303);
        (await ForgePortal.GetAsync(browser, callback)).ExpectRefusal(AccountRefusals.SignInFailed);
        (await ForgePortal.GetAsync(thief, callback)).ExpectRefusal(AccountRefusals.SignInFailed);
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Theory]
    [InlineData("code")]
    [InlineData("state")]
    [InlineData("both")]
    [InlineData("garbled state")]
    public async Task A_callback_that_lacks_a_part_opens_nothing(string lacking)
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var callback = await at.AgreeAsync(browser);
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(callback).Query);
        if (lacking is "code" or "both")
            query.Remove("code");
        if (lacking is "state" or "both")
            query.Remove("state");
        if (lacking == "garbled state")
            query["state"] = "x" + query["state"];
        await ExpectNothingAsync(at, browser, $"{ForgePortal.Callback}?{query}", AccountRefusals.SignInFailed);
    }

    [Fact]
    public async Task A_form_posted_to_the_callback_opens_nothing_however_large()
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(await at.AgreeAsync(browser)).Query);
        foreach (var junk in new[] { "", new string('x', 100_000) })
        {
            var form = new Dictionary<string, string> { ["code"] = query["code"]! + junk, ["state"] = query["state"]! };
            var reply = await browser.PostFormAsync(
                ForgePortal.Callback,
                form,
                new Dictionary<string, string> { ["Origin"] = "https://evil.example" }
            );
            Assert.InRange((int)reply.Status, 400, 499);
        }
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Accounts.CountAsync()));
    }

    private static async Task ExpectNothingAsync(ForgePortal at, Browser browser, string callback, Refusal refusal)
    {
        var before = await at.Portal.FactsAsync();
        var reply = (await ForgePortal.GetAsync(browser, callback)).ExpectRefusal(refusal);
        Assert.False(
            reply.Response.Headers.TryGetValues("Set-Cookie", out var set)
                && set.Any(c => c.StartsWith("__Host-hero=", StringComparison.Ordinal))
        );
        Assert.Equal(before, await at.Portal.FactsAsync());
    }

    private static void Spoil(ForgeKnobs knobs, string wrong)
    {
        knobs.WrongIssuer = wrong == "issuer";
        knobs.WrongAudience = wrong == "audience";
        knobs.WrongNonce = wrong == "nonce";
        knobs.SignWithUnknownKey = wrong == "key";
        knobs.TokenError = wrong.Contains('_', StringComparison.Ordinal) ? wrong : null;
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// A sign-in to another account needs a confirmation. Another browser cannot give it, and it cannot be given late or
/// twice.
/// </summary>
public sealed class SwitchingAccounts
{
    private static readonly string Cookie = Sessions.CookieName(SessionKind.Customer);

    [Theory, BothDatabases]
    public async Task Signing_in_over_another_account_asks_first_and_changes_nothing_until_the_person_says_so(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        var browser = at.Portal.Browser();
        await at.SignInAsync(browser);
        var (before, token) = (await at.Portal.FactsAsync(), TokenOf(browser));
        var asked = await at.SignInAsync(browser, "juma", "/login/forge/start?return_url=%2Fplans%3Fplan%3Dvms-5");
        Assert.Equal("/login/switch", asked.At.AbsolutePath);
        var text = Markup.Text(asked.Expect(200).Body);
        Assert.Contains("You are signed in as asha. Sign in as juma instead?", text, StringComparison.Ordinal);
        Assert.Contains("juma has no account here yet", text, StringComparison.Ordinal);
        Assert.Contains("href=\"/plans?plan=vms-5\">Stay asha</a>", asked.Body, StringComparison.Ordinal);
        Assert.Equal((before, token), (await at.Portal.FactsAsync(), TokenOf(browser)));
        var switched = (await browser.SubmitAsync(asked.At.PathAndQuery, "/login/switch")).Expect(303);
        Assert.Equal("/plans?plan=vms-5", switched.Location);
        Assert.Equal("juma", await NameOfAsync(browser));
        Assert.Equal(
            [Secrets.Hash(TokenOf(browser))],
            await at.Portal.ReadAsync(d => d.Sessions.Select(s => s.IdHash).ToListAsync())
        );
        var (asha, audit) = await at.Portal.ReadAsync(async d =>
            (
                await d.Accounts.SingleAsync(a => a.ForgeLogin == "asha"),
                await d.Audit.OrderByDescending(r => r.Sid).FirstAsync(r => r.Act == "account.sign_in")
            )
        );
        Assert.Contains($"\"instead_of\":\"{asha.Sid}\"", audit.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_account_again_and_a_session_that_is_over_are_not_asked()
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        await at.SignInAsync(browser);
        Assert.Equal("/dashboard", (await at.SignInAsync(browser)).At.AbsolutePath);
        at.Portal.Clock.Advance(TimeSpan.FromHours(13));
        Assert.Equal("/dashboard", (await at.SignInAsync(browser, "juma")).At.AbsolutePath);
        Assert.Equal("juma", await NameOfAsync(browser));
    }

    [Fact]
    public async Task Somebody_with_an_account_is_told_so_and_staying_changes_nothing()
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        await at.SignInAsync(at.Portal.Browser(), "juma");
        await at.SignInAsync(browser);
        var asked = await at.SignInAsync(browser, "juma");
        Assert.Contains("juma has an account of its own here.", Markup.Text(asked.Body), StringComparison.Ordinal);
        Assert.Contains("href=\"/dashboard\">Stay asha</a>", asked.Body, StringComparison.Ordinal);
        Assert.Equal("asha", await NameOfAsync(browser));
    }

    [Theory, BothDatabases]
    public async Task A_yes_works_once(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        var (browser, offer) = await AskedAsync(at);
        var form = await FormAsync(at, browser, offer);
        var thief = Copy(at, browser);
        (await browser.PostFormAsync("/login/switch", form)).Expect(303);
        var before = await at.Portal.FactsAsync();
        // The old session has ended: its cookie opens nothing, and the form does not belong to the new session.
        Assert.StartsWith(
            "/login?return_url=",
            (await thief.PostFormAsync("/login/switch", form)).Expect(303).Location,
            StringComparison.Ordinal
        );
        (await browser.PostFormAsync("/login/switch", form)).Expect(400);
        await ExpectRefusedAsync(at, browser, offer);
        Assert.Equal(before, await at.Portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task Of_many_presses_at_once_one_makes_a_session(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        var (browser, offer) = await AskedAsync(at);
        var form = await FormAsync(at, browser, offer);
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Copy(at, browser).PostFormAsync("/login/switch", form))
        );
        Assert.Single(replies, r => r.Location == "/dashboard");
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.Sessions.CountAsync()));
    }

    [Theory]
    [InlineData("another person's")]
    [InlineData("another session of the same person")]
    [InlineData("a session that was ended")]
    [InlineData("too old")]
    [InlineData("changed")]
    [InlineData("sealed for something else")]
    [InlineData("nothing")]
    public async Task An_offer_that_is_not_this_browsers_own_opens_nothing(string kind)
    {
        await using var at = await ForgePortal.StartAsync();
        var (browser, offer) = await AskedAsync(at);
        if (kind == "another person's")
            await at.SignInAsync(browser = at.Portal.Browser(), "operator");
        else if (kind == "another session of the same person")
            await at.SignInAsync(browser = at.Portal.Browser());
        else if (kind == "a session that was ended")
            await at.SignInAsync(browser);
        else if (kind == "too old")
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromMicroseconds(1));
        else if (kind == "changed")
            offer = offer[..^6] + (offer[^6] == 'A' ? 'B' : 'A') + offer[^5..];
        else if (kind == "sealed for something else")
            offer = at
                .Portal.Services.GetRequiredService<IDataProtectionProvider>()
                .CreateProtector("another purpose")
                .Protect("{}");
        else
            offer = "";
        var before = await at.Portal.FactsAsync();
        await ExpectRefusedAsync(at, browser, offer);
        Assert.Equal(before, await at.Portal.FactsAsync());
    }

    [Fact]
    public async Task An_offer_is_good_for_five_minutes_to_the_microsecond()
    {
        await using var at = await ForgePortal.StartAsync();
        var (browser, offer) = await AskedAsync(at);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(5));
        (await browser.PostFormAsync("/login/switch", await FormAsync(at, browser, offer))).Expect(303);
        Assert.Equal("juma", await NameOfAsync(browser));
    }

    [Fact]
    public async Task The_answer_must_come_from_our_own_page()
    {
        await using var at = await ForgePortal.StartAsync();
        var (browser, offer) = await AskedAsync(at);
        var before = await at.Portal.FactsAsync();
        (await browser.PostFormAsync("/login/switch", new Dictionary<string, string> { ["offer"] = offer })).Expect(
            400
        );
        (
            await browser.SendAsync(
                HttpMethod.Post,
                "/login/switch",
                new { offer },
                headers: new Dictionary<string, string> { ["Origin"] = "https://evil.example" }
            )
        ).ExpectRefusal(Refusals.OriginRequired);
        Assert.Equal(before, await at.Portal.FactsAsync());
    }

    [Fact]
    public async Task The_callback_of_somebody_else_neither_switches_nor_asks()
    {
        await using var at = await ForgePortal.StartAsync();
        var (victim, attacker) = (at.Portal.Browser(), at.Portal.Browser());
        await at.SignInAsync(victim);
        var callback = await at.AgreeAsync(attacker, "juma");
        (await ForgePortal.GetAsync(victim, callback)).ExpectRefusal(AccountRefusals.SignInFailed);
        Assert.Equal("asha", await NameOfAsync(victim));
    }

    [Theory]
    [InlineData(2000, "/dashboard")]
    [InlineData(500, null)]
    public async Task A_very_long_way_back_is_dropped_and_the_question_stays(int length, string? expected)
    {
        await using var at = await ForgePortal.StartAsync();
        var browser = at.Portal.Browser();
        await at.SignInAsync(browser);
        var wish = "/plans?x=" + new string('y', length);
        var asked = await at.SignInAsync(
            browser,
            "juma",
            "/login/forge/start?return_url=" + Uri.EscapeDataString(wish)
        );
        Assert.Equal(
            expected ?? wish,
            (await browser.SubmitAsync(asked.At.PathAndQuery, "/login/switch")).Expect(303).Location
        );
    }

    /// <summary>
    /// A browser where asha is signed in and juma has just come back from the Forge, and what waits for the answer.
    /// </summary>
    private static async Task<(Browser Browser, string Offer)> AskedAsync(ForgePortal at)
    {
        var browser = at.Portal.Browser();
        await at.SignInAsync(browser);
        var asked = await at.SignInAsync(browser, "juma");
        return (browser, Markup.Fields(asked.Expect(200).Body, "/login/switch")["offer"]);
    }

    private static async Task<Dictionary<string, string>> FormAsync(ForgePortal at, Browser browser, string offer) =>
        new() { [FormTokens.Field] = await at.Portal.FormTokenAsync(browser), ["offer"] = offer };

    private static async Task ExpectRefusedAsync(ForgePortal at, Browser browser, string offer)
    {
        (await browser.SendAsync(HttpMethod.Get, "/login/switch?offer=" + Uri.EscapeDataString(offer))).ExpectRefusal(
            AccountRefusals.SignInFailed
        );
        (await browser.SendAsync(HttpMethod.Post, "/login/switch", new { offer })).ExpectRefusal(
            AccountRefusals.SignInFailed
        );
        var reply = (await browser.PostFormAsync("/login/switch", await FormAsync(at, browser, offer))).Expect(303);
        Assert.Equal("/login?refused=signin.failed", reply.Location);
        Assert.Contains(
            AccountRefusals.SignInFailed.Title,
            (await browser.OpenAsync(reply.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    private static Browser Copy(ForgePortal at, Browser from)
    {
        var browser = at.Portal.Browser();
        browser.Cookies.Add(from.Cookies.GetAllCookies());
        return browser;
    }

    private static string TokenOf(Browser browser) => browser.Cookies.GetCookies(Portal.Base)[Cookie]!.Value;

    private static async Task<string> NameOfAsync(Browser browser) =>
        System
            .Text.RegularExpressions.Regex.Match(
                (await browser.OpenAsync("/account")).Expect(200).Body,
                "title=\"Signed in as ([^\"]+)\""
            )
            .Groups[1]
            .Value;
}

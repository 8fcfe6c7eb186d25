using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// Wrong, used and expired codes, codes of another address, and too many attempts get one answer, and none signs in.
/// Codes are stored nowhere but in their message.
/// </summary>
public sealed class CodesThatOpenNothing
{
    [Fact]
    public async Task Wrong_used_unknown_and_in_another_browser_are_one_answer()
    {
        await using var at = await MyceliumPortal.StartAsync();
        var (mine, other) = (at.Portal.Browser(), at.Portal.Browser());
        var token = (await at.ChallengeAsync(mine)).Expect(201).Text("challenge_token");
        var code = at.Code();
        await at.ChallengeAsync(other, "juma");
        var answers = new List<string>
        {
            Same(await MyceliumPortal.VerifyAsync(other, token, code)),
            Same(await MyceliumPortal.VerifyAsync(at.Portal.Browser(), token, code)),
            Same(await MyceliumPortal.VerifyAsync(mine, token, new string('0', 32))),
            Same(await MyceliumPortal.VerifyAsync(mine, token, at.Code("juma"))),
            Same(await MyceliumPortal.VerifyAsync(mine, token, "not a code")),
            Same(await MyceliumPortal.VerifyAsync(mine, "01ARZ3NDEKTSV4RRFFQ69G5FAV", code)),
            Same(await MyceliumPortal.VerifyAsync(mine, "no token", code)),
        };
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Sessions.CountAsync()));
        (await MyceliumPortal.VerifyAsync(mine, token, code)).Expect(200);
        answers.Add(Same(await MyceliumPortal.VerifyAsync(mine, token, code)));
        Assert.Single(answers.Distinct());
        Assert.StartsWith("401", answers[0], StringComparison.Ordinal);
        // Codes of another address and malformed ones cost no attempt: two wrong ones and the right one did.
        Assert.Equal(
            3,
            await at.Portal.ReadAsync(d =>
                d.LoginChallenges.Where(c => c.Sid == token).Select(c => c.Attempts).SingleAsync()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task It_lives_five_minutes_to_the_microsecond(Db db)
    {
        await using var at = await MyceliumPortal.StartAsync(db);
        var (first, second) = (at.Portal.Browser(), at.Portal.Browser());
        var early = (await at.ChallengeAsync(first)).Text("challenge_token");
        at.Portal.Clock.Advance(LoginChallenge.Life);
        (await MyceliumPortal.VerifyAsync(first, early, at.Code())).Expect(200);
        var late = (await at.ChallengeAsync(second)).Text("challenge_token");
        at.Portal.Clock.Advance(LoginChallenge.Life + TimeSpan.FromMicroseconds(1));
        (await MyceliumPortal.VerifyAsync(second, late, at.Code())).ExpectRefusal(MyceliumRefusals.ChallengeFailed);
    }

    [Theory, BothDatabases]
    public async Task Twenty_tries_at_once_are_five_and_then_the_right_code_is_too_late(Db db)
    {
        await using var at = await MyceliumPortal.StartAsync(db);
        var browser = at.Portal.Browser();
        var token = (await at.ChallengeAsync(browser)).Text("challenge_token");
        var code = at.Code();
        var tries = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(n =>
                    MyceliumPortal.VerifyAsync(
                        browser,
                        token,
                        n.ToString("x32", System.Globalization.CultureInfo.InvariantCulture)
                    )
                )
        );
        Assert.All(tries, r => r.ExpectRefusal(MyceliumRefusals.ChallengeFailed));
        Assert.Equal(5, await at.Portal.ReadAsync(d => d.LoginChallenges.Select(c => c.Attempts).SingleAsync()));
        Assert.Equal(
            5,
            await at.Portal.ReadAsync(d =>
                d.Audit.CountAsync(r => r.Act == "challenge.try" && r.Detail!.Contains("\"right\":false"))
            )
        );
        (await MyceliumPortal.VerifyAsync(browser, token, code)).ExpectRefusal(MyceliumRefusals.ChallengeFailed);
    }

    [Theory, BothDatabases]
    public async Task Of_the_right_code_sent_five_times_at_once_one_signs_in(Db db)
    {
        await using var at = await MyceliumPortal.StartAsync(db);
        var browser = at.Portal.Browser();
        var token = (await at.ChallengeAsync(browser)).Text("challenge_token");
        var code = at.Code();
        var tries = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => MyceliumPortal.VerifyAsync(browser, token, code))
        );
        Assert.Equal(1, tries.Count(r => (int)r.Status == 200));
        Assert.Equal(4, tries.Count(r => r.Code == "challenge.failed"));
        Assert.Equal(
            (1, 1),
            await at.Portal.ReadAsync(async d => (await d.Sessions.CountAsync(), await d.Accounts.CountAsync()))
        );
    }

    [Fact]
    public async Task One_client_asks_only_so_often_for_whomever()
    {
        await using var at = await MyceliumPortal.StartAsync(
            environment: new Dictionary<string, string?> { ["RATE_SIGNINS_PER_MINUTE"] = "2" }
        );
        var browser = at.Portal.Browser();
        (await at.ChallengeAsync(browser)).Expect(201);
        (await at.ChallengeAsync(browser, "juma")).Expect(201);
        (await at.ChallengeAsync(browser, "zawadi")).ExpectRefusal(Refusals.RateLimited);
    }

    [Theory, BothDatabases]
    public async Task Codes_and_cookies_are_in_no_log_and_not_in_the_store(Db db)
    {
        await using var at = await MyceliumPortal.StartAsync(db);
        var browser = at.Portal.Browser();
        var page = await MyceliumPortal.AskAsync(browser, at.Net.Node("asha").IpAddress);
        var code = at.Code();
        var asking = browser.Cookies.GetCookies(Portal.Base)[ChallengeCookie.Name]!.Value;
        (await MyceliumPortal.EnterAsync(browser, page, new string('a', 32))).Expect(303);
        (await MyceliumPortal.EnterAsync(browser, page, code)).Expect(303);
        var session = browser.Cookies.GetCookies(Portal.Base)[Sessions.CookieName(SessionKind.Customer)]!.Value;
        var everything =
            string.Join("\n", at.Portal.Log.Lines) + string.Join("\n", (await at.Portal.DumpAsync()).Values);
        foreach (var secret in new[] { code, Convert.ToBase64String(Convert.FromHexString(code)), asking, session })
            Assert.DoesNotContain(secret, everything, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_sign_in_page_of_somebody_else_signs_nobody_in()
    {
        await using var at = await MyceliumPortal.StartAsync();
        // The attacker asks for a code for an address of their own and wants the victim's browser to answer it.
        var attacker = at.Portal.Browser();
        var token = (await at.ChallengeAsync(attacker, "juma")).Text("challenge_token");
        var victim = at.Portal.Browser();
        (
            await victim.PostFormAsync(
                "/login/verify",
                new Dictionary<string, string> { ["challenge_token"] = token, ["nonce"] = at.Code("juma") }
            )
        ).Expect(400);
        await victim.OpenAsync("/login");
        (await MyceliumPortal.VerifyAsync(victim, token, at.Code("juma"))).ExpectRefusal(
            MyceliumRefusals.ChallengeFailed
        );
        Assert.Null(victim.Cookies.GetCookies(Portal.Base)[Sessions.CookieName(SessionKind.Customer)]);
    }

    private static string Same(Reply reply) =>
        $"{(int)reply.Status} "
        + $"{System.Text.RegularExpressions.Regex.Replace(reply.Body, "\"trace_id\":\"[^\"]*\"", "")}";
}

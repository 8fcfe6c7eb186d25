using System.Globalization;
using System.Net;
using System.Text.Json;
using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// How many codes are sent to one address. Requests of strangers for an address do not lock its owner out.
/// </summary>
public sealed class CodesForOneAddress
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(31);

    [Theory, BothDatabases]
    public async Task One_client_uses_up_its_own_share_and_the_person_asks_from_another_one(Db db)
    {
        await using var at = await StartAsync(db);
        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AskAsync(at, "203.0.113.1")));
        Assert.Equal(StartChallenge.MostPerMinute, asked.Count(r => r.Status == 201));
        Assert.All(asked.Where(r => r.Status != 201), r => Assert.Equal((429, true), (r.Status, r.RetryAfter > 0)));
        await AskManyAsync(at, "203.0.113.1", 30);
        Assert.Equal(StartChallenge.MostPerHourOfOneClient, at.Net.Node("asha").Inbox.Count);
        // The owner's browser, unknown here, asks from another address and signs in.
        var browser = at.Portal.Browser();
        var token = (await at.ChallengeAsync(browser)).Expect(201).Text("challenge_token");
        (await MyceliumPortal.VerifyAsync(browser, token, at.Code())).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task Codes_to_one_address_do_not_count_for_another(Db db)
    {
        await using var at = await StartAsync(db);
        await AskManyAsync(at, "203.0.113.1", StartChallenge.MostPerHourOfOneClient, "juma");
        Assert.Equal(429, (await AskAsync(at, "203.0.113.1", "juma")).Status);
        Assert.Equal(201, (await AskAsync(at, "203.0.113.1", "asha")).Status);
    }

    [Theory, BothDatabases]
    public async Task Many_clients_together_flood_nobodys_node_and_a_browser_that_was_there_before_passes(Db db)
    {
        await using var at = await StartAsync(db);
        var known = await at.SignInAsync();
        at.Portal.Clock.Advance(TimeSpan.FromHours(1));
        var before = at.Net.Node("asha").Inbox.Count;
        for (var client = 1; client <= 8; client++)
            await AskManyAsync(at, $"203.0.113.{client}", 6);
        Assert.Equal(StartChallenge.MostPerHour, at.Net.Node("asha").Inbox.Count - before);
        (await at.ChallengeAsync(at.Portal.Browser())).ExpectRefusal(Refusals.RateLimited);
        // The limits of one browser are the same as the limits of all together.
        for (var n = 0; n < StartChallenge.MostPerMinute; n++)
            (await at.ChallengeAsync(known)).Expect(201);
        (await at.ChallengeAsync(known)).ExpectRefusal(Refusals.RateLimited);
        var last = await at.Portal.ReadAsync(d => d.LoginChallenges.MaxAsync(c => c.Sid));
        (await MyceliumPortal.VerifyAsync(known, last!, at.Code())).Expect(200);
        at.Portal.Clock.Advance(Between);
        for (var n = StartChallenge.MostPerMinute; n < StartChallenge.MostPerHour; n++)
        {
            at.Portal.Clock.Advance(Between);
            (await at.ChallengeAsync(known)).Expect(201);
        }
        at.Portal.Clock.Advance(TimeSpan.FromSeconds(61));
        var limited = (await at.ChallengeAsync(known)).ExpectRefusal(Refusals.RateLimited);
        at.Portal.Clock.Advance(limited.Response.Headers.RetryAfter!.Delta!.Value);
        (await at.ChallengeAsync(known)).Expect(201);
    }

    /// <summary>Each known browser counts by itself, and all others together.</summary>
    [Theory, BothDatabases]
    public async Task Codes_of_a_known_browser_count_neither_for_strangers_nor_for_another_known_one(Db db)
    {
        await using var at = await StartAsync(db);
        var (known, otherKnown) = (await at.SignInAsync(), await at.SignInAsync());
        for (var n = 0; n < StartChallenge.MostPerHour; n++)
        {
            at.Portal.Clock.Advance(Between);
            (await at.ChallengeAsync(known)).Expect(201);
        }
        at.Portal.Clock.Advance(TimeSpan.FromSeconds(61));
        (await at.ChallengeAsync(known)).ExpectRefusal(Refusals.RateLimited);
        (await at.ChallengeAsync(otherKnown)).Expect(201);
        (await at.ChallengeAsync(at.Portal.Browser())).Expect(201);
    }

    [Theory, BothDatabases]
    public async Task The_wait_ends_when_the_oldest_code_that_counts_is_a_minute_or_an_hour_old(Db db)
    {
        await using var at = await StartAsync(db);
        var browser = at.Portal.Browser();
        for (var n = 0; n < StartChallenge.MostPerMinute; n++)
        {
            (await at.ChallengeAsync(browser)).Expect(201);
            at.Portal.Clock.Advance(TimeSpan.FromSeconds(10));
        }
        Assert.Equal(30, await WaitAsync());
        at.Portal.Clock.Advance(TimeSpan.FromSeconds(30));
        for (var n = StartChallenge.MostPerMinute; n < StartChallenge.MostPerHourOfOneClient; n++)
        {
            (await at.ChallengeAsync(browser)).Expect(201);
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        }
        Assert.Equal(3600 - 60 - 120, await WaitAsync());

        async Task<double?> WaitAsync() =>
            (await at.ChallengeAsync(browser))
                .ExpectRefusal(Refusals.RateLimited)
                .Response.Headers.RetryAfter?.Delta?.TotalSeconds;
    }

    [Fact]
    public async Task The_mark_is_for_its_addresses_only_and_cannot_be_made_up()
    {
        await using var at = await StartAsync(Db.Sqlite);
        var known = await at.SignInAsync("juma");
        var mark = known.Cookies.GetCookies(Portal.Base)[KnownBrowser.CookieName]!.Value;
        for (var client = 1; client <= 4; client++)
            await AskManyAsync(at, $"203.0.113.{client}", 5);
        // Juma's cookie of a known browser does not count for Asha's address.
        (await at.ChallengeAsync(known)).ExpectRefusal(Refusals.RateLimited);
        foreach (var madeUp in new[] { mark[..^4] + "AAAA", "x", Secrets.New(), new string('A', 3000) })
        {
            var stranger = at.Portal.Browser();
            stranger.SetCookie(Portal.Base, KnownBrowser.CookieName, madeUp);
            (await at.ChallengeAsync(stranger)).ExpectRefusal(Refusals.RateLimited);
        }
        // The cookie is not readable, and the store has hashes only.
        Assert.DoesNotContain(at.Net.Node("juma").IpAddress, mark, StringComparison.Ordinal);
        var stored = (await at.Portal.DumpAsync())["login_challenges"];
        Assert.DoesNotContain("203.0.113.1", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_browser_of_several_people_passes_for_each_of_them_and_signing_out_keeps_the_mark()
    {
        await using var at = await StartAsync(Db.Sqlite);
        var browser = await at.SignInAsync("juma");
        await browser.SubmitAsync("/account", "/logout");
        await at.SignInAsync("asha", browser);
        await browser.SubmitAsync("/account", "/logout");
        foreach (var person in new[] { "asha", "juma" })
        {
            for (var client = 1; client <= 4; client++)
                await AskManyAsync(at, $"203.0.113.{client}", 5, person);
            (await at.ChallengeAsync(at.Portal.Browser(), person)).ExpectRefusal(Refusals.RateLimited);
            (await at.ChallengeAsync(browser, person)).Expect(201);
        }
    }

    [Fact]
    public async Task A_session_that_proves_its_own_address_is_not_kept_from_it_by_strangers()
    {
        await using var at = await StartAsync(Db.Sqlite);
        var address = at.Net.Node("asha").IpAddress;
        var signIn = at.Portal.Services.GetRequiredService<SignIn>();
        var answer = await signIn.RunAsync(new MyceliumIdentity(address), "test");
        var browser = at.Portal.Browser();
        browser.SetCookie(Portal.Base, Sessions.CookieName(SessionKind.Customer), answer.Token);
        for (var client = 1; client <= 4; client++)
            await AskManyAsync(at, $"203.0.113.{client}", 5);
        (await at.ChallengeAsync(browser)).ExpectRefusal(Refusals.RateLimited);
        (await browser.SendAsync(HttpMethod.Post, "/account/prove-mycelium", new { })).Expect(201);
    }

    private static Task<MyceliumPortal> StartAsync(Db db) =>
        MyceliumPortal.StartAsync(
            db,
            environment: new Dictionary<string, string?> { ["RATE_SIGNINS_PER_MINUTE"] = "1000" }
        );

    private static async Task AskManyAsync(MyceliumPortal at, string client, int times, string person = "asha")
    {
        for (var n = 0; n < times; n++)
        {
            at.Portal.Clock.Advance(Between);
            await AskAsync(at, client, person);
        }
    }

    /// <summary>Asks from an address on the network, without any cookie.</summary>
    private static async Task<(int Status, double RetryAfter)> AskAsync(
        MyceliumPortal at,
        string client,
        string person = "asha"
    )
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { address = at.Net.Node(person).IpAddress });
        var answer = await ((TestServer)at.Portal.Services.GetRequiredService<IServer>()).SendAsync(http =>
        {
            http.Connection.RemoteIpAddress = IPAddress.Parse(client);
            (http.Request.Method, http.Request.Path) = ("POST", "/login/challenge");
            (http.Request.Scheme, http.Request.Host) = ("https", new HostString("localhost"));
            http.Request.Headers.Accept = "application/json";
            http.Request.Headers.Origin = "https://localhost";
            http.Request.ContentType = "application/json";
            http.Request.ContentLength = body.Length;
            http.Request.Body = new MemoryStream(body);
        });
        var wait = answer.Response.Headers.RetryAfter.ToString();
        return (answer.Response.StatusCode, wait.Length == 0 ? 0 : double.Parse(wait, CultureInfo.InvariantCulture));
    }
}

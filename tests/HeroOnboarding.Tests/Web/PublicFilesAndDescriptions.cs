using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Web;

/// <summary>Anonymous resources: the API description, files at well-known addresses, descriptions of pages.</summary>
public sealed class PublicFilesAndDescriptions
{
    private sealed class Generations
    {
        public int Count;
    }

    [Fact]
    public async Task The_API_description_is_generated_once_however_many_ask_for_it()
    {
        var generations = new Generations();
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            adjust: services =>
                services.Configure<OpenApiOptions>(
                    "v1",
                    options =>
                        options.AddDocumentTransformer(
                            (_, _, _) =>
                            {
                                Interlocked.Increment(ref generations.Count);
                                return Task.CompletedTask;
                            }
                        )
                )
        );
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json"))
        );
        Assert.All(replies, r => Assert.Equal(replies[0].Body, r.Expect(200).Body));
        Assert.Equal(1, generations.Count);
    }

    [Fact]
    public async Task The_API_description_may_be_kept_by_caches_and_is_not_sent_twice()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var first = (await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json")).Expect(200);
        Assert.Equal(
            new CacheControlHeaderValue { Public = true, MaxAge = TimeSpan.FromHours(1) },
            first.Response.Headers.CacheControl
        );
        Assert.Empty(first.Response.Headers.Vary);
        var tag = new Dictionary<string, string> { ["If-None-Match"] = first.Response.Headers.ETag!.ToString() };
        Assert.Equal(
            "",
            (await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json", headers: tag)).Expect(304).Body
        );
        tag["If-None-Match"] = "\"another\"";
        (await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json", headers: tag)).Expect(200);
    }

    [Fact]
    public async Task The_API_description_is_limited_per_client()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["TRUSTED_PROXIES"] = "0.0.0.0/0,::/0" }
        );
        var client = new Dictionary<string, string> { ["X-Forwarded-For"] = "203.0.113.7" };
        Reply reply;
        var answered = 0;
        // The limiter's minutes are real ones: on a slow machine a second minute may begin, but not a tenth.
        do
        {
            reply = await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json", headers: client);
            answered++;
        } while ((int)reply.Status == 200 && answered < 10 * PublicAnswer.PerMinute);
        Assert.True(answered > PublicAnswer.PerMinute, $"Refused after {answered}.");
        Assert.NotNull(reply.ExpectRefusal(Refusals.RateLimited).Response.Headers.RetryAfter);
        Assert.True(reply.Response.Headers.CacheControl!.NoStore);
        client["X-Forwarded-For"] = "203.0.113.8";
        (await portal.Browser().SendAsync(HttpMethod.Get, "/openapi.json", headers: client)).Expect(200);
        (await portal.Browser().SendAsync(HttpMethod.Get, "/health/live")).Expect(200);
    }

    [Fact]
    public async Task Crawlers_may_read_the_pages_for_strangers_and_nothing_else()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var robots = (await portal.Browser().SendAsync(HttpMethod.Get, "/robots.txt")).Expect(200);
        Assert.Equal("text/plain", robots.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "User-agent: *\nAllow: /$\nAllow: /plans\nAllow: /login$\nAllow: /site.\nAllow: /icon.\nAllow: "
                + "/favicon.ico\nDisallow: /\n",
            robots.Body
        );
        await using var local = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["PUBLIC_BASE_URL"] = "http://localhost:9920" }
        );
        Assert.Equal(
            "User-agent: *\nDisallow: /\n",
            (await local.Browser().SendAsync(HttpMethod.Get, "/robots.txt")).Expect(200).Body
        );
    }

    [Theory]
    [InlineData("mailto:security@example.org", "https://help.example.org/", "mailto:security@example.org")]
    [InlineData(null, "https://help.example.org/", "https://help.example.org/")]
    [InlineData(null, null, null)]
    public async Task Whoever_finds_a_hole_finds_whom_to_tell(string? contact, string? support, string? told)
    {
        var settings = new Dictionary<string, string?> { ["SECURITY_CONTACT"] = contact, ["SUPPORT_URL"] = support };
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: settings);
        var reply = await portal.Browser().SendAsync(HttpMethod.Get, "/.well-known/security.txt");
        if (told is null)
        {
            reply.ExpectRefusal(Refusals.NotFound);
            return;
        }
        Assert.Equal("text/plain; charset=utf-8", reply.Expect(200).Response.Content.Headers.ContentType!.ToString());
        var lines = reply
            .Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(l => l.Split(": ", 2)[0], l => l.Split(": ", 2)[1]);
        Assert.Equal(told, lines["Contact"]);
        Assert.Equal("https://localhost/.well-known/security.txt", lines["Canonical"]);
        // RFC 9116: a date in the future, less than a year away.
        Assert.InRange(
            DateTimeOffset.Parse(lines["Expires"], System.Globalization.CultureInfo.InvariantCulture),
            portal.Now.AddDays(90),
            portal.Now.AddDays(364)
        );
    }

    [Fact]
    public async Task Browsers_find_the_icon_that_they_ask_for_by_themselves()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var icon = (await portal.Browser().SendAsync(HttpMethod.Get, "/favicon.ico")).Expect(200);
        Assert.Equal("image/x-icon", icon.Response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Pages_for_strangers_say_in_a_sentence_what_they_are()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var said = new List<string>();
        foreach (var page in new[] { "/", "/plans", "/login", "/payment/return", "/kyc/return", "/admin/login" })
        {
            var found = Regex.Match(
                (await portal.Browser().OpenAsync(page)).Expect(200).Body,
                "<meta name=\"description\" content=\"([^\"]+)\">"
            );
            Assert.True(found.Success, page);
            Assert.InRange(found.Groups[1].Value.Length, 50, 160);
            said.Add(found.Groups[1].Value);
        }
        Assert.Equal(3, said.Take(3).Distinct().Count());
    }
}

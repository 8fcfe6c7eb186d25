using System.Net;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>Security headers of every answer. No answer of a session is framed, sniffed or cached.</summary>
public sealed class AnswersAreGuarded
{
    [Fact]
    public async Task Every_route_answers_with_the_headers_whoever_asks()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        foreach (var route in await Route.AllAsync(portal))
        foreach (var browser in new[] { await route.AllowedAsync(portal, asha), portal.Browser() })
        foreach (var page in new[] { true, false })
        {
            var reply = await route.CallAsync(browser, page);
            var isPublic = route.Metadata.OfType<PublicAnswer>().Any() && (int)reply.Status == 200;
            AssertGuarded(route.Name, reply, session: !isPublic);
            Assert.True(
                !isPublic
                    || (
                        route.IsAnonymous
                        && reply.Response.Headers.CacheControl!.Public
                        && !reply.Response.Headers.Contains("Set-Cookie")
                    ),
                route.Name
            );
        }
    }

    [Fact]
    public async Task Answers_without_a_route_have_them_too()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        var replies = new[]
        {
            await asha.Browser.SendAsync(HttpMethod.Get, "/nothing"),
            await asha.Browser.SendAsync(HttpMethod.Delete, "/vm/allocate"),
            await asha.Browser.SendRawAsync(HttpMethod.Post, "/vm/allocate", "{"),
            await asha.Browser.SendRawAsync(HttpMethod.Post, "/vm/allocate", new string(' ', 20_000)),
            await asha.AllocateAsync(),
            await asha.AllocateAsync(),
            await portal.AdminAsync(HttpMethod.Post, "/admin/pool-refresh", new { }, "wrong"),
        };
        Assert.Equal([404, 405, 400, 413, 201, 503, 403], replies.Select(r => (int)r.Status));
        Assert.All(replies, r => AssertGuarded(r.At.AbsolutePath, r, session: true));
    }

    [Fact]
    public async Task A_bug_answers_500_with_the_headers_and_without_its_story()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        portal.Crash.Hook = (point, act) => throw new InvalidTimeZoneException("the story of " + act);
        var reply = await asha.AllocateAsync();
        portal.Crash.Hook = null;
        Assert.Equal((HttpStatusCode.InternalServerError, "error.internal"), (reply.Status, reply.Code));
        Assert.DoesNotContain("story", reply.Body, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("TimeZone", reply.Body, StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(reply.Text("trace_id"));
        AssertGuarded("500", reply, session: true);
    }

    [Fact]
    public async Task Static_files_have_them_and_say_themselves_how_long_they_keep()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var paths = portal
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Distinct()
            .ToList();
        Assert.Contains("/site.css", paths);
        foreach (var path in paths)
        {
            var reply = (await portal.Browser().SendAsync(HttpMethod.Get, path)).Expect(200);
            AssertGuarded(path, reply, session: false);
            Assert.NotNull(reply.Response.Headers.CacheControl);
        }
    }

    [Fact]
    public async Task Strict_transport_security_is_only_said_where_people_come_by_https()
    {
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["PUBLIC_BASE_URL"] = "http://localhost:9920" }
        );
        Assert.False(
            (await portal.Browser().SendAsync(HttpMethod.Get, "/health")).Response.Headers.Contains(
                "Strict-Transport-Security"
            )
        );
    }

    private static void AssertGuarded(string what, Reply reply, bool session)
    {
        var headers = reply
            .Response.Headers.Concat(reply.Response.Content.Headers)
            .ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase);
        void Expect(string name, Func<string, bool> right) =>
            Assert.True(
                headers.TryGetValue(name, out var value) && right(value),
                $"{what} ({(int)reply.Status}): {name} is '{value}'."
            );
        Expect("X-Content-Type-Options", v => v == "nosniff");
        Expect("Referrer-Policy", v => v == "same-origin");
        Expect(
            "Content-Security-Policy",
            v =>
                v.Contains("frame-ancestors 'none'", StringComparison.Ordinal)
                && v.StartsWith("default-src 'none'", StringComparison.Ordinal)
                && !v.Contains("unsafe", StringComparison.Ordinal)
                && !v.Contains('*', StringComparison.Ordinal)
        );
        Expect("Strict-Transport-Security", v => v.StartsWith("max-age=31536000", StringComparison.Ordinal));
        Assert.False(headers.ContainsKey("Server") || headers.ContainsKey("X-Powered-By"), what);
        if (!session)
            return;
        Expect("Cache-Control", v => v == "no-store");
        Expect("Vary", v => v.Split(',', StringSplitOptions.TrimEntries).Contains("Cookie"));
    }
}

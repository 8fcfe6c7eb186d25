using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>A method without a handler is answered 405 with Allow, on every path, whoever asks.</summary>
public sealed class MethodsOfEveryRoute
{
    private static readonly string[] Methods =
    [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "BREW",
    ];

    /// <summary>With a Forge, whose middleware answers on a path of its own.</summary>
    private static readonly Dictionary<string, string?> WithForge = new()
    {
        ["FORGE_URL"] = "https://forge.example.org",
        ["FORGE_CLIENT_ID"] = "portal",
        ["FORGE_CLIENT_SECRET"] = "a-client-secret",
    };

    [Fact]
    public async Task A_method_without_a_handler_is_405_and_Allow_names_those_with_one()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: WithForge);
        var asha = await portal.SignUpAsync("asha");
        var paths = (await Route.AllAsync(portal)).GroupBy(r => r.Pattern).ToDictionary(p => p.Key, p => p.ToList());
        Assert.True(paths.Count > 60, "The routes were not found.");
        foreach (var (pattern, routes) in paths)
        foreach (var method in Methods.Except(routes.Select(r => r.Method)))
        foreach (var browser in new[] { portal.Browser(), await routes[0].AllowedAsync(portal, asha) })
        {
            var reply = await (routes[0] with { Method = method }).CallAsync(browser, page: method == "TRACE");
            Assert.True((int)reply.Status == 405, $"{method} {pattern}: {(int)reply.Status} {reply.Body}");
            Assert.Equal(routes.Select(r => r.Method).Order(), reply.Response.Content.Headers.Allow.Order());
        }
    }

    [Fact]
    public async Task Static_files_are_read_only_too()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var paths = portal
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/'))
            .Distinct();
        foreach (var path in paths)
        foreach (var method in Methods.Except(["GET", "HEAD"]))
            Assert.Equal(
                ["GET", "HEAD"],
                (await portal.Browser().SendAsync(new HttpMethod(method), path))
                    .Expect(405)
                    .Response.Content.Headers.Allow.Order()
            );
    }

    [Fact]
    public async Task The_path_that_middleware_answers_takes_GET_only()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: WithForge);
        foreach (var method in Methods.Except(["GET"]))
            (
                await portal.Browser().SendAsync(new HttpMethod(method), ForgePortal.Callback + "?code=abc&state=def")
            ).Expect(405);
        (await portal.Browser().SendAsync(HttpMethod.Get, ForgePortal.Callback + "?code=abc&state=def")).ExpectRefusal(
            HeroOnboarding.Accounts.AccountRefusals.SignInFailed
        );
    }
}

using System.Text.RegularExpressions;
using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>One route of the running portal under one method, with its metadata.</summary>
public sealed partial record Route(string Method, string Pattern, IReadOnlyList<object> Metadata)
{
    /// <summary>A sid of no row.</summary>
    public const string UnknownSid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    /// <summary>"POST /vm/release".</summary>
    public string Name => $"{Method} {Pattern}";

    public bool IsAnonymous => Metadata.OfType<IAllowAnonymous>().Any();
    public bool IsPage => Metadata.OfType<PageActionDescriptor>().Any();
    public bool IsUnsafe => Method is not ("GET" or "HEAD" or "OPTIONS");
    public IReadOnlyList<string> Policies =>
        [.. Metadata.OfType<IAuthorizeData>().Select(a => a.Policy ?? "?").Distinct()];

    public bool IsFor(string policy) => !IsAnonymous && Policies.Contains(policy);

    /// <summary>Operators' pages and routes, whichever role they ask for.</summary>
    public bool IsForOperators =>
        IsFor(HeroOnboarding.Web.Policies.Viewer)
        || IsFor(HeroOnboarding.Web.Policies.Operator)
        || IsFor(HeroOnboarding.Web.Policies.Owner);

    /// <summary>A path that matches the route; parameters become <paramref name="id"/>.</summary>
    public string Path(string id = UnknownSid) => Parameter().Replace(Pattern, id);

    public bool HasParameter => Parameter().IsMatch(Pattern);

    public override string ToString() => Name;

    /// <summary>Every route except static files. A route without methods would answer all of them.</summary>
    public static async Task<IReadOnlyList<Route>> AllAsync(Portal portal)
    {
        var loader = portal.Services.GetRequiredService<PageLoader>();
        var routes = new List<Route>();
        foreach (
            var endpoint in portal
                .Services.GetServices<EndpointDataSource>()
                .SelectMany(s => s.Endpoints)
                .OfType<RouteEndpoint>()
        )
        {
            if (endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is not null)
                continue;
            IReadOnlyList<object> metadata = [.. endpoint.Metadata];
            // What stands in a page's own file is known only once the page was compiled and loaded.
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
                metadata = [.. metadata, .. (await loader.LoadAsync(page, endpoint.Metadata)).EndpointMetadata];
            var pattern = "/" + endpoint.RoutePattern.RawText?.TrimStart('/');
            foreach (
                var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
                    ?? ["GET", "POST", "TRACE"]
            )
                routes.Add(new(method, pattern, metadata));
        }
        Assert.True(routes.Count > 20, "The routes were not found.");
        return [.. routes.DistinctBy(r => r.Name).OrderBy(r => r.Name, StringComparer.Ordinal)];
    }

    /// <summary>A browser that may use this route.</summary>
    public async Task<Browser> AllowedAsync(Portal portal, Customer customer) =>
        IsForOperators ? await OperatorAsync(portal)
        : IsFor(HeroOnboarding.Web.Policies.Customer) ? customer.Browser
        : portal.Browser();

    /// <summary>A browser with an operator's page session.</summary>
    public static async Task<Browser> OperatorAsync(Portal portal)
    {
        var browser = portal.Browser();
        var token = await portal.Units.RunAsync<string>(
            "operator.sign_in",
            new Actor("operator", "tester"),
            unit =>
                Task.FromResult<Outcome<string>>(
                    Sessions.Start(unit, SessionKind.Operator, null, "tester", null, openedBy: new(Portal.AdminSecret))
                )
        );
        browser.SetCookie(Portal.Base, Sessions.CookieName(SessionKind.Operator), token.Value);
        return browser;
    }

    /// <summary>Sends nothing but the method, as a page or as a program.</summary>
    public Task<Reply> CallAsync(Browser browser, bool page, string? secret = null, string? path = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), new Uri(Portal.Base, path ?? Path()));
        request.Headers.TryAddWithoutValidation("Accept", page ? "text/html" : "application/json");
        if (secret is not null)
            request.Headers.TryAddWithoutValidation("X-Hero-Onboarding-Admin-Secret", secret);
        return browser.SendAsync(request);
    }

    [GeneratedRegex(@"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}")]
    private static partial Regex Parameter();
}

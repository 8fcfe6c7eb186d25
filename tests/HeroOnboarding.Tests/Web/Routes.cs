using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Web;

/// <summary>A route as the portal lists it, so that tests about all routes include new ones.</summary>
internal sealed record Route(string Method, string Path, IReadOnlyList<string> Members, bool ForOperators)
{
    /// <summary>Takes whole pools, up to 32 MB, and knows no members.</summary>
    public bool TakesPools => Path is "/admin/pool-refresh" or "/admin/pool-preview";

    /// <summary>Names many machines, so its bodies are longer than other forms.</summary>
    public bool TakesMany => Path == "/admin/pool-many";

    /// <summary>Shows the same page again with what is wrong, for people who sent a form.</summary>
    public bool ShowsItsPage => Path == "/admin/pool-preview";

    /// <summary>Takes a pool as a form only; the form reader's own limits are below the body's.</summary>
    public bool TakesPoolForms => Path == "/admin/pool-apply";

    /// <summary>Reads no body at all.</summary>
    public bool SignsOut => Path.Contains("/logout", StringComparison.Ordinal);

    /// <summary>
    /// All routes of a method except webhooks, which answer by their signature; values of the path are words that name
    /// nothing.
    /// </summary>
    public static IReadOnlyList<Route> Of(Portal portal, string method) =>
        [
            .. portal
                .Services.GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
                .Where(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Contains(method))
                .Where(e => e.Metadata.GetMetadata<NotForBrowsers>() is null)
                .Where(e => e.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is null)
                .Select(e => new Route(
                    method,
                    "/" + Regex.Replace(e.RoutePattern.RawText!.TrimStart('/'), "\\{[^}]*\\}", "nothing"),
                    [.. e.Metadata.GetMetadata<RequestBody>()?.Names ?? []],
                    e.Metadata.GetOrderedMetadata<IAuthorizeData>()
                        .Any(a => a.Policy is Policies.Viewer or Policies.Operator or Policies.Owner)
                ))
                .DistinctBy(r => r.Path)
                .OrderBy(r => r.Path, StringComparer.Ordinal),
        ];
}

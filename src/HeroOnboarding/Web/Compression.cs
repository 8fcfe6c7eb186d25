using Microsoft.AspNetCore.Components;

namespace HeroOnboarding.Web;

/// <summary>
/// Compresses pages for visitors who are not signed in. A page of a session is never compressed: the length of a
/// compressed answer reveals how well its secrets match text that an attacker has chosen (the BREACH attack). Static
/// files are compressed when the portal is built.
/// </summary>
internal static class Compression
{
    public static void Add(IServiceCollection services) =>
        services.AddResponseCompression(o =>
        {
            o.EnableForHttps = true;
            o.MimeTypes = ["text/html"];
        });

    public static void Use(WebApplication app) => app.UseWhen(IsAnonymous, branch => branch.UseResponseCompression());

    /// <summary>
    /// True when the only cookie is that of the form token: the token in a page is encrypted anew for each
    /// answer, so the length reveals nothing about it. Every other cookie may stand for a session, or for a
    /// sign-in that has begun.
    /// </summary>
    private static bool IsAnonymous(HttpContext http) =>
        HttpMethods.IsGet(http.Request.Method) && http.Request.Cookies.Keys.All(name => name == WebFeature.FormCookie);
}

/// <summary>
/// Fingerprinted addresses of static files, for pages that are written without Razor. Razor
/// pages use <c>asp-append-version</c>.
/// </summary>
internal sealed class StaticFiles(EndpointDataSource endpoints)
{
    private readonly Lazy<ResourceAssetCollection> files = new(() =>
        endpoints.Endpoints.Select(e => e.Metadata.GetMetadata<ResourceAssetCollection>()).First(c => c is not null)!
    );

    /// <param name="name">As in <c>wwwroot</c>: <c>site.css</c>.</param>
    /// <returns>The path below the root: <c>/site.0a1b2c3d4e.css</c>.</returns>
    public string this[string name] => "/" + files.Value[name];
}

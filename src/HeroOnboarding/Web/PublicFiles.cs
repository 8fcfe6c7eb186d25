using System.Globalization;

namespace HeroOnboarding.Web;

/// <summary>Files at well-known addresses, generated from the settings.</summary>
internal static class PublicFiles
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    /// <summary>How long a <c>security.txt</c> is valid; RFC 9116 section 2.5.5 recommends less than a year.</summary>
    private static readonly TimeSpan SecurityValidity = TimeSpan.FromDays(180);

    /// <summary>Paths for crawlers: the public pages and their files. All other pages need a sign-in.</summary>
    private static readonly string[] Crawled = ["/$", "/plans", "/login$", "/site.", "/icon.", "/favicon.ico"];

    public static void Routes(IEndpointRouteBuilder app)
    {
        PublicAnswer.Mark(app.MapGet("/robots.txt", Robots), MaxAge);
        PublicAnswer.Mark(app.MapGet("/.well-known/security.txt", Security), MaxAge);
    }

    /// <summary>RFC 9309: the longest matching rule applies. A portal on loopback is closed to crawlers.</summary>
    private static IResult Robots(PortalOptions portal)
    {
        var allowed = portal.IsDevelopment ? [] : Crawled;
        return Results.Text(
            string.Concat(["User-agent: *\n", .. allowed.Select(path => $"Allow: {path}\n"), "Disallow: /\n"])
        );
    }

    /// <summary>RFC 9116: where to report a vulnerability. 404 while the settings name no contact.</summary>
    private static IResult Security(PortalOptions portal, SiteOptions site, TimeProvider clock)
    {
        if (site.SecurityContact is not { } contact)
            return Refusals.NotFound.ToResult();
        var expires = (clock.GetUtcNow().UtcDateTime.Date + SecurityValidity).ToString(
            "yyyy-MM-dd'T'HH:mm:ss'Z'",
            CultureInfo.InvariantCulture
        );
        return Results.Text(
            $"""
            Contact: {new Uri(contact).AbsoluteUri}
            Expires: {expires}
            Canonical: {portal.Link("/.well-known/security.txt")}

            """.ReplaceLineEndings("\n")
        );
    }
}

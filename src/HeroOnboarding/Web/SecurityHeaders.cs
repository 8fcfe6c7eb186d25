using HeroOnboarding.Configuration;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Net.Http.Headers;

namespace HeroOnboarding.Web;

/// <summary>
/// Headers of every answer: no framing, no sniffing, no caching of what belongs to a session, forms only to the portal
/// and the configured providers.
/// </summary>
internal sealed class SecurityHeaders(RequestDelegate next, PortalOptions portal, LoadedOptions options)
{
    private readonly string policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src "
        + "'self'; "
        + $"form-action {string.Join(' ', Features.FormTargets(options).Prepend("'self'").Distinct())}; base-uri "
        + "'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext http)
    {
        // As late as possible: the answer to an exception is built anew and would lose headers that were set before.
        http.Response.OnStarting(() =>
        {
            Set(http);
            return Task.CompletedTask;
        });
        return next(http);
    }

    private void Set(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        if (portal.PublicBaseUrl.Scheme == Uri.UriSchemeHttps)
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        // An answer that is neither a static file nor declared public may belong to a session.
        var metadata = http.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<PublicAnswer>() is { } shared && http.Response.StatusCode is 200 or 304)
        {
            headers.CacheControl = $"public, max-age={(long)shared.MaxAge.TotalSeconds}";
            return;
        }
        var file = metadata?.GetMetadata<StaticAssetDescriptor>();
        if (file is not null && http.Response.StatusCode < StatusCodes.Status400BadRequest)
        {
            headers.CacheControl = HasFingerprint(file) ? "public, max-age=31536000, immutable" : "no-cache";
            return;
        }
        headers.CacheControl = "no-store";
        headers.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.Cookie);
    }

    /// <summary>
    /// True when the address contains a fingerprint of the content: other content has another address.
    /// </summary>
    private static bool HasFingerprint(StaticAssetDescriptor file) => file.Properties.Any(p => p.Name == "fingerprint");
}

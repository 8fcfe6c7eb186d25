using Microsoft.AspNetCore.Diagnostics;

namespace HeroOnboarding.Web;

/// <summary>
/// Logs one line per refusal: method, route pattern, status and code. It contains no value, query string or path of the
/// request, which the caller chose. The line carries the trace id that the answer shows (<see cref="LogTrace"/>).
/// </summary>
internal static class RefusalLog
{
    private static readonly HashSet<string> Methods = new(
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"],
        StringComparer.Ordinal
    );

    public static void Write(HttpContext http, Refusal refusal) =>
        http
            .RequestServices.GetRequiredService<ILoggerFactory>()
            .CreateLogger(typeof(RefusalLog))
            .LogInformation(
                "Refused {Method} {Route}: {Status} {Code}",
                MethodOf(http),
                RouteOf(http),
                refusal.Status,
                refusal.Code
            );

    /// <summary>
    /// The pattern of the route, such as <c>/receipts/{number}</c>; a fixed text where no route was found.
    /// </summary>
    internal static string RouteOf(HttpContext http)
    {
        // The exception middleware removes the endpoint before the error is answered.
        var endpoint = http.GetEndpoint() ?? http.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        return endpoint is RouteEndpoint route ? "/" + route.RoutePattern.RawText?.TrimStart('/') : "(no route)";
    }

    private static string MethodOf(HttpContext http) =>
        Methods.Contains(http.Request.Method) ? http.Request.Method : "(other method)";
}

using Microsoft.AspNetCore.Authorization;

namespace HeroOnboarding.Web;

/// <summary>
/// Names of the authorization policies. Every route names one of these or <c>AllowAnonymous</c>; a test holds it, and
/// the fallback denies. The features that sign people in define each policy.
/// </summary>
public static class Policies
{
    /// <summary>A signed-in customer.</summary>
    public const string Customer = "customer";

    /// <summary>
    /// Read access: any operator, the operator secret, or a machine token with the scope <c>read</c>.
    /// </summary>
    public const string Viewer = "viewer";

    /// <summary>
    /// Write access: operators and owners, the operator secret, or a machine token with a scope of the route.
    /// </summary>
    public const string Operator = "operator";

    /// <summary>Management of rights: owners and the operator secret.</summary>
    public const string Owner = "owner";

    /// <summary>
    /// The fallback for routes that name no policy: denies everyone. It uses the default scheme, which the feature that
    /// signs customers in registers.
    /// </summary>
    internal static AuthorizationPolicy Nobody { get; } =
        new AuthorizationPolicyBuilder().RequireAssertion(c => !IsRoute(c)).Build();

    /// <summary>False for a request without a route, which continues to its 404 or 405.</summary>
    private static bool IsRoute(AuthorizationHandlerContext context) =>
        context.Resource is not HttpContext http || http.GetEndpoint() is RouteEndpoint;
}

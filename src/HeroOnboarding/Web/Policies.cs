using Microsoft.AspNetCore.Authorization;

namespace HeroOnboarding.Web;

/// <summary>
/// Who may come in. Every route names one of these or says <c>AllowAnonymous</c>; a test holds it, and the
/// fallback is "nobody". The features that sign people in say what each policy asks for.
/// </summary>
public static class Policies
{
    /// <summary>A signed-in customer.</summary>
    public const string Customer = "customer";

    /// <summary>
    /// Whoever may look: any operator, the operator secret, or for reading a machine token with the scope <c>read</c>.
    /// </summary>
    public const string Viewer = "viewer";

    /// <summary>
    /// Whoever may act: operators and owners, the operator secret, or a machine token with a scope of the route.
    /// </summary>
    public const string Operator = "operator";

    /// <summary>Whoever says who may do what: owners and the operator secret.</summary>
    public const string Owner = "owner";

    /// <summary>
    /// For routes that name no policy: nobody. It asks the default scheme, which the feature registers that signs
    /// customers in.
    /// </summary>
    internal static AuthorizationPolicy Nobody { get; } =
        new AuthorizationPolicyBuilder().RequireAssertion(c => !IsRoute(c)).Build();

    /// <summary>What is no route at all has nobody to keep out; it goes on to its 404 or 405.</summary>
    private static bool IsRoute(AuthorizationHandlerContext context) =>
        context.Resource is not HttpContext http || http.GetEndpoint() is RouteEndpoint;
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Admin.Access;
using Microsoft.AspNetCore.Authorization;

namespace HeroOnboarding.Web;

/// <summary>
/// Who may come in. Every route names one of these or says <c>AllowAnonymous</c>; a law tests it, and the fallback is
/// "nobody".
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

    public static void Add(IServiceCollection services)
    {
        services
            .AddAuthentication(SessionAuthentication.SchemeName)
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, SessionAuthentication>(
                SessionAuthentication.SchemeName,
                null
            )
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, OperatorAuthentication>(
                OperatorAuthentication.SchemeName,
                null
            );
        var policies = services
            .AddAuthorizationBuilder()
            .AddPolicy(
                Customer,
                p => p.AddAuthenticationSchemes(SessionAuthentication.SchemeName).RequireClaim(ClaimNames.Account)
            )
            .SetFallbackPolicy(
                new AuthorizationPolicyBuilder(SessionAuthentication.SchemeName)
                    .RequireAssertion(c => !IsRoute(c))
                    .Build()
            );
        foreach (var role in Enum.GetValues<OperatorRole>())
            policies.AddPolicy(
                Rights.PolicyOf(role),
                p =>
                    p.AddAuthenticationSchemes(OperatorAuthentication.SchemeName)
                        .RequireAssertion(c => Rights.Allows(c, role))
            );
    }

    /// <summary>What is no route at all has nobody to keep out; it goes on to its 404 or 405.</summary>
    private static bool IsRoute(AuthorizationHandlerContext context) =>
        context.Resource is not HttpContext http || http.GetEndpoint() is RouteEndpoint;
}

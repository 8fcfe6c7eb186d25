using HeroOnboarding.Accounts;
using HeroOnboarding.Admin;
using Microsoft.AspNetCore.Authorization;

namespace HeroOnboarding.Web;

/// <summary>Who may come in. Every route names one of these or says <c>AllowAnonymous</c>; a law tests it, and the fallback is "nobody".</summary>
public static class Policies
{
    /// <summary>A signed-in customer.</summary>
    public const string Customer = "customer";

    /// <summary>An operator: signed in on the admin pages, or a machine with the secret in its header.</summary>
    public const string Operator = "operator";

    public static void Add(IServiceCollection services)
    {
        services.AddAuthentication(SessionAuthentication.SchemeName)
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, SessionAuthentication>(SessionAuthentication.SchemeName, null)
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, OperatorAuthentication>(OperatorAuthentication.SchemeName, null);
        services.AddAuthorizationBuilder()
            .AddPolicy(Customer, p => p.AddAuthenticationSchemes(SessionAuthentication.SchemeName).RequireClaim(ClaimNames.Account))
            .AddPolicy(Operator, p => p.AddAuthenticationSchemes(OperatorAuthentication.SchemeName)
                .RequireAssertion(c => c.User.HasClaim(k => k.Type is ClaimNames.Operator or ClaimNames.Machine)))
            .SetFallbackPolicy(new AuthorizationPolicyBuilder(SessionAuthentication.SchemeName).RequireAssertion(c => !IsRoute(c)).Build());
    }

    /// <summary>What is no route at all has nobody to keep out; it goes on to its 404 or 405.</summary>
    private static bool IsRoute(AuthorizationHandlerContext context) => context.Resource is not HttpContext http || http.GetEndpoint() is RouteEndpoint;
}

using System.Security.Claims;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authorization;

namespace HeroOnboarding.Admin.Access;

/// <summary>The roles on the operators' pages; each role includes those before it.</summary>
public enum OperatorRole
{
    Viewer,
    Operator,
    Owner,
}

/// <summary>
/// The rights of operators and programs. Every operators' route names one of the three policies; a token also needs a
/// scope of the route.
/// </summary>
public static class Rights
{
    /// <summary>
    /// Pages that viewers cannot open (money, identities, previews of changes), and pages for owners.
    /// </summary>
    private static readonly (string Path, OperatorRole Needed)[] Pages =
    [
        ("/admin/kyc", OperatorRole.Operator),
        ("/admin/payments", OperatorRole.Operator),
        ("/admin/suspense", OperatorRole.Operator),
        ("/admin/receipts", OperatorRole.Operator),
        ("/admin/confirm-booking", OperatorRole.Operator),
        ("/admin/pool-preview", OperatorRole.Operator),
        ("/admin/pool/many", OperatorRole.Operator),
        ("/admin/operators", OperatorRole.Owner),
        ("/admin/tokens", OperatorRole.Owner),
    ];

    /// <summary>
    /// Acts whose detail only operators may read: money, identities, searches in lists, and refusals that reveal
    /// missing credit or verification.
    /// </summary>
    private static readonly string[] Confidential =
    [
        "kyc.",
        "payment.",
        "credit.",
        "suspense.",
        "webhook.",
        "list.",
        "plan.renew_refused",
        "plan.chosen_refused",
    ];

    /// <summary>The role that this operators' page requires; a page that is not listed is for every role.</summary>
    public static OperatorRole ForPage(string path) =>
        Pages
            .Where(p =>
                path == p.Path
                || (path.StartsWith(p.Path, StringComparison.Ordinal) && path[p.Path.Length] is '/' or '?' or '#')
            )
            .Select(p => p.Needed)
            .FirstOrDefault();

    /// <summary>The policy of an operators' page, by its address.</summary>
    public static string PolicyOfPage(string path) => PolicyOf(ForPage(path));

    public static string PolicyOf(OperatorRole role) => Names.Of(role);

    /// <summary>The role of a signed-in operator; null for programs and all other users.</summary>
    public static OperatorRole? Role(this ClaimsPrincipal user) =>
        user.FindFirstValue(ClaimNames.Role) is { } role ? Names.Parse<OperatorRole>(role) : null;

    /// <summary>
    /// True for an operator with this role or a higher one, and for a program with the operator secret.
    /// </summary>
    public static bool Has(this ClaimsPrincipal user, OperatorRole needed) => user.Role() >= needed || IsSecret(user);

    /// <summary>True when the user may read the audit detail of this act.</summary>
    public static bool MayRead(this ClaimsPrincipal user, string act) =>
        user.Has(OperatorRole.Operator) || !Confidential.Any(c => act.StartsWith(c, StringComparison.Ordinal));

    /// <summary>The decision of the three policies.</summary>
    internal static bool Allows(AuthorizationHandlerContext context, OperatorRole needed)
    {
        if (context.User.Scopes() is not { } scopes)
            return context.User.Has(needed);
        return context.Resource is HttpContext http && TokenScopes.Fit(scopes, ScopesOf(http, needed));
    }

    /// <summary>The scopes of which a token needs one for this route; empty where no token is accepted.</summary>
    internal static IReadOnlyList<string> ScopesOf(HttpContext http, OperatorRole? needed = null)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<Scope>() is { } scope)
            return scope.Names;
        return (needed ?? Needed(http)) == OperatorRole.Viewer && !http.Request.IsUnsafe() ? [TokenScopes.Read] : [];
    }

    /// <summary>The role that the route of this request requires.</summary>
    internal static OperatorRole Needed(HttpContext http) =>
        (http.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? [])
            .Select(a => a.Policy)
            .Where(p => p is Policies.Viewer or Policies.Operator or Policies.Owner)
            .Select(p => Names.Parse<OperatorRole>(p!))
            .DefaultIfEmpty(OperatorRole.Owner)
            .Max();

    private static bool IsSecret(ClaimsPrincipal user) =>
        user.HasClaim(ClaimNames.Machine, OperatorAuthentication.SecretName);
}

using System.Security.Claims;
using System.Text.Encodings.Web;
using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// Authenticates operators by their session, whose role is looked up at every request; and programs by the secret in a
/// header, compared in constant time, or by a machine token in the same header.
/// </summary>
public sealed class OperatorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logs,
    UrlEncoder encoder,
    Sessions sessions,
    RateLimitOptions limits,
    OperatorOptions operators,
    RateLimits rates,
    OperatorRoles roles,
    FindToken tokens
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "operator";

    /// <summary>Registers the scheme of operators and programs, and the three policies that require a role.</summary>
    internal static void Add(IServiceCollection services)
    {
        services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, OperatorAuthentication>(SchemeName, null);
        var policies = services.AddAuthorizationBuilder();
        foreach (var role in Enum.GetValues<OperatorRole>())
            policies.AddPolicy(
                Rights.PolicyOf(role),
                p => p.AddAuthenticationSchemes(SchemeName).RequireAssertion(c => Rights.Allows(c, role))
            );
    }

    public const string Header = "X-Hero-Onboarding-Admin-Secret";

    /// <summary>The name in the audit of a program with the operator secret.</summary>
    internal const string SecretName = "admin-secret";

    private Refusal? refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.TryGetValue(Header, out var sent))
            return await ProgramAsync(sent.Count == 1 ? sent[0] : null);
        var token = Request.Cookies[Sessions.CookieName(SessionKind.Operator)];
        if (
            token is not null
            && await sessions.FindAsync(SessionKind.Operator, token, Context.RequestAborted) is { } found
            && await RoleAsync(found.Session) is { } role
        )
            return Success([
                new(ClaimNames.Operator, NameOf(found.Session)),
                new(ClaimNames.Role, Names.Of(role)),
                new(ClaimNames.Session, found.Session.IdHash),
                .. found.Session.OperatorId is { } id ? [new Claim(ClaimNames.OperatorId, id)] : Array.Empty<Claim>(),
            ]);
        if (
            operators.AdminSecret is null
            && operators.AdminForgeUsers.Count == 0
            && !await roles.HasOwnerAsync(Context.RequestAborted)
        )
            refusal = AccessRefusals.AdminOff;
        return AuthenticateResult.NoResult();
    }

    private async Task<AuthenticateResult> ProgramAsync(string? sent)
    {
        if (
            sent is not null
            && sent.StartsWith(MachineToken.Prefix, StringComparison.Ordinal)
            && await tokens.RunAsync(sent, Context.RequestAborted) is { } token
        )
        {
            if (!token.IsRefused)
                return Success([
                    new(ClaimNames.Machine, "token:" + token.Value.Name),
                    new(ClaimNames.Scopes, token.Value.Scopes),
                ]);
            refusal = token.Refusal;
        }
        else if (IsRight(operators, sent))
            return Success([new(ClaimNames.Machine, SecretName)]);
        else
            refusal =
                operators.AdminSecret is null && operators.AdminForgeUsers.Count == 0
                    ? AccessRefusals.AdminOff
                    : await FailedAsync(rates, limits, Context);
        return AuthenticateResult.NoResult();
    }

    /// <summary>
    /// The role of a session. A session of the shared secret has all rights, but only while no owner exists who could
    /// grant roles by name.
    /// </summary>
    private async Task<OperatorRole?> RoleAsync(Session session) =>
        session.OperatorId is { } id ? await roles.OfAsync(id, Context.RequestAborted)
        : !IsOpenedByValidSecret(session) || await roles.HasOwnerAsync(Context.RequestAborted) ? null
        : OperatorRole.Owner;

    /// <summary>
    /// True when the secret that opened the session is one of the (at most two) valid ones. Sessions of a release that
    /// did not store it have ended.
    /// </summary>
    private bool IsOpenedByValidSecret(Session session) =>
        session.SecretMark is { } mark
        && new[] { operators.AdminSecret, operators.AdminSecretNext }.Any(secret =>
            secret?.Mark(session.IdHash) == mark
        );

    private static string NameOf(Session session) =>
        session.OperatorId is { } id ? NameOf(session.ClaimedName, id) : session.ClaimedName ?? "?";

    /// <summary>"neema (1001)": the login is for display, the id identifies the operator.</summary>
    internal static string NameOf(string? login, string id) => $"{login ?? "user"} ({id})";

    /// <summary>True for either secret; during a rotation both are valid.</summary>
    internal static bool IsRight(OperatorOptions operators, string? sent) => Matching(operators, sent) is not null;

    /// <summary>
    /// The valid secret that was sent; null for none. Both are compared, so that the duration does not reveal
    /// which one matches.
    /// </summary>
    internal static Secret? Matching(OperatorOptions operators, string? sent)
    {
        var now = operators.AdminSecret?.Matches(sent) ?? false;
        var next = operators.AdminSecretNext?.Matches(sent) ?? false;
        return now ? operators.AdminSecret
            : next ? operators.AdminSecretNext
            : null;
    }

    /// <summary>
    /// Counts a wrong secret; above the limit the answer is 429. The right secret always works: there is no lock-out.
    /// Many failures raise an alarm (<see cref="WrongSecrets"/>).
    /// </summary>
    internal static async Task<Refusal> FailedAsync(RateLimits rates, RateLimitOptions limits, HttpContext http)
    {
        var client = "admin.fail:" + http.ClientKey();
        if (rates.IsOver(client) is { } limited)
            return limited;
        await rates.HitAsync(
            WrongSecrets.Key,
            WrongSecrets.AlarmAbove,
            () =>
                http
                    .RequestServices.GetRequiredService<ILoggerFactory>()
                    .CreateLogger<OperatorAuthentication>()
                    .LogCritical(
                        "ALARM: more than {Count} wrong operator secrets in this minute",
                        WrongSecrets.AlarmAbove
                    )
        );
        return await rates.HitAsync(client, limits.AdminFailuresPerMinute) ?? AccessRefusals.AdminSecretWrong;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (refusal is null && Context.WantsPage() && !Request.IsUnsafe())
            return Http.SeeOther(
                    QueryHelpers.AddQueryString(
                        "/admin/login",
                        "return_url",
                        Http.LocalPath(Request.Path + Request.QueryString) ?? "/admin"
                    )
                )
                .ExecuteAsync(Context);
        return Problems.WriteAsync(Context, refusal ?? AccessRefusals.AdminSecretRequired);
    }

    /// <summary>
    /// Answers an authenticated caller without the required right: who they are, the required role or scope,
    /// the next step.
    /// </summary>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.WriteAsync(Context, Forbidden(Context));

    private static Refusal Forbidden(HttpContext http)
    {
        if (http.User.Scopes() is not { } has)
            return AccessRefusals.RoleRequired with
            {
                Detail =
                    $"You are signed in as {http.User.FindFirstValue(ClaimNames.Operator)}, role "
                    + $"{http.User.FindFirstValue(ClaimNames.Role)}. This needs the role "
                    + $"{Names.Of(Rights.Needed(http))}. {AccessRefusals.RoleRequired.Next}",
            };
        return TokenScopes.Refuse(has, Rights.ScopesOf(http));
    }

    private AuthenticateResult Success(Claim[] claims) =>
        AuthenticateResult.Success(
            new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, SchemeName)), SchemeName)
        );
}

using System.Security.Claims;
using System.Text.Encodings.Web;
using HeroOnboarding.Accounts;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace HeroOnboarding.Admin;

/// <summary>Operators by their page session, machines by the secret in a header, compared in constant time.</summary>
public sealed class OperatorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder, Sessions sessions, Settings settings, RateLimits rates)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public const string SchemeName = "operator";
    public const string Header = "X-Hero-Onboarding-Admin-Secret";

    private Refusal? refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (settings.AdminSecret is null)
        {
            refusal = Refusals.AdminOff;
            return AuthenticateResult.NoResult();
        }
        if (Request.Headers.TryGetValue(Header, out var sent))
        {
            if (IsRight(settings, sent.Count == 1 ? sent[0] : null))
                return Success(new Claim(ClaimNames.Machine, "admin-secret"));
            refusal = await FailedAsync(rates, settings, Context);
            return AuthenticateResult.NoResult();
        }
        var token = Request.Cookies[Sessions.CookieName(SessionKind.Operator)];
        return token is not null && await sessions.FindAsync(SessionKind.Operator, token, Context.RequestAborted) is { } found
            ? Success(new Claim(ClaimNames.Operator, found.Session.ClaimedName ?? "?"), new Claim(ClaimNames.Session, found.Session.IdHash))
            : AuthenticateResult.NoResult();
    }

    /// <summary>Either secret is right while they are being rotated.</summary>
    internal static bool IsRight(Settings settings, string? sent)
    {
        var now = settings.AdminSecret?.Matches(sent) ?? false;
        var next = settings.AdminSecretNext?.Matches(sent) ?? false;
        return now | next;
    }

    /// <summary>Wrong secrets from everywhere together, per minute, that raise the alarm.</summary>
    internal const int AlarmAbove = 30;

    internal const string AlarmKey = "admin.fail";

    /// <summary>
    /// Counts a wrong secret; past the limit the answer is 429. The right secret always works: there is no lock-out. Many failures from many
    /// clients at once raise an alarm, which the operators' overview shows too.
    /// </summary>
    internal static async Task<Refusal> FailedAsync(RateLimits rates, Settings settings, HttpContext http)
    {
        var client = "admin.fail:" + http.ClientKey();
        if (rates.IsOver(client) is { } limited)
            return limited;
        await rates.HitAsync(AlarmKey, AlarmAbove, () => http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger<OperatorAuthentication>()
            .LogCritical("ALARM: more than {Count} wrong operator secrets in this minute", AlarmAbove));
        return await rates.HitAsync(client, settings.AdminFailuresPerMinute) ?? Refusals.AdminSecretWrong;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (refusal is null && Context.WantsPage() && !Request.IsUnsafe())
            return Http.SeeOther(QueryHelpers.AddQueryString("/admin/login", "return_url", Http.LocalPath(Request.Path + Request.QueryString) ?? "/admin")).ExecuteAsync(Context);
        return Problems.WriteAsync(Context, refusal ?? Refusals.AdminSecretRequired);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => HandleChallengeAsync(properties);

    private AuthenticateResult Success(params Claim[] claims) =>
        AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, SchemeName)), SchemeName));
}

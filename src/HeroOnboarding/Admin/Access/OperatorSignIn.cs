using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using HeroOnboarding.Web.Requests;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// Signs operators in with the Forge. While there is no owner, the shared secret and a name are also accepted: its
/// holder can enter any name, and the audit records that name as claimed.
/// </summary>
public sealed class OperatorSignIn(
    UnitOfWorkRunner writer,
    OperatorOptions operators,
    RateLimits rates,
    RateLimitOptions limits,
    OperatorRoles roles
)
{
    private const string Page = "/admin/login";

    /// <summary>The answer for a program; the session itself is in the cookie.</summary>
    public sealed record SignedIn(string Name);

    /// <param name="oldToken">A session of this browser that ends with the new one.</param>
    /// <returns>The name as it is recorded, and the secret for the cookie.</returns>
    private async Task<Outcome<(string Name, string Token)>> RunAsync(
        HttpContext http,
        string? secret,
        string? claimed,
        string? oldToken
    )
    {
        if (await roles.HasOwnerAsync(http.RequestAborted))
            return AccessRefusals.AdminUseForge;
        if (operators.AdminSecret is null)
            return AccessRefusals.AdminOff;
        if (OperatorAuthentication.Matching(operators, secret) is not { } right)
            return await OperatorAuthentication.FailedAsync(rates, limits, http);
        var name = SafeText.Clean(claimed ?? "").Trim();
        // Reserved: the audit writes operators of the Forge as "neema (1001)".
        if (name.Length is < 2 or > 60 || name.EndsWith(')'))
            return AccessRefusals.NameRequired;
        return await writer.RunAsync<(string, string)>(
            "operator.sign_in",
            new Actor("operator", name),
            async unit =>
            {
                await EndAsync(unit, oldToken);
                unit.Note(name, new { way = "secret", claimed = true });
                return (
                    name,
                    Sessions.Start(
                        unit,
                        SessionKind.Operator,
                        null,
                        name,
                        http.Request.Headers.UserAgent,
                        openedBy: right
                    )
                );
            },
            http.RequestAborted
        );
    }

    /// <summary>Starts the session of an operator whom the Forge has authenticated.</summary>
    /// <returns>The secret for the cookie; or a refusal with the numeric id and the next step.</returns>
    private async Task<Outcome<string>> RunAsync(HttpContext http, ForgeIdentity identity, string? oldToken)
    {
        var login = SignIn.Clean(identity.Login, 80);
        if (await roles.OfAsync(identity.Id, http.RequestAborted) is not { } role)
            return AccessRefusals.OperatorUnknown with
            {
                Detail =
                    $"The Forge says that you are {login ?? "a user"}, with the numeric id {identity.Id}. "
                    + $"That id has no operator rights here. {AccessRefusals.OperatorUnknown.Next} "
                    + "To come in as somebody else, sign out at the Forge first.",
            };
        var name = OperatorAuthentication.NameOf(login, identity.Id);
        return await writer.RunAsync<string>(
            "operator.sign_in",
            new Actor("operator", name),
            async unit =>
            {
                await EndAsync(unit, oldToken);
                await unit
                    .Db.Operators.Where(o => o.ForgeId == identity.Id && login != null && o.Login != login)
                    .ExecuteUpdateAsync(set => set.SetProperty(o => o.Login, login));
                unit.Note(
                    name,
                    new
                    {
                        way = "forge",
                        claimed = false,
                        role,
                    }
                );
                return Sessions.Start(
                    unit,
                    SessionKind.Operator,
                    null,
                    login,
                    http.Request.Headers.UserAgent,
                    Ways.Forge,
                    identity.Id
                );
            },
            CancellationToken.None
        );
    }

    private static Task EndAsync(Unit unit, string? token)
    {
        var old = Secrets.Hash(token ?? "");
        return unit.Db.Sessions.Where(s => s.IdHash == old && s.Kind == SessionKind.Operator).ExecuteDeleteAsync();
    }

    /// <summary>
    /// <c>GET /admin/login/forge</c>. Requests that the Forge offers a choice of accounts; it may still redirect a
    /// signed-in user back directly.
    /// </summary>
    public static Task<IResult> StartAsync(
        HttpContext http,
        ForgeOptions forge,
        RateLimits rates,
        RateLimitOptions limits
    )
    {
        var properties = new OpenIdConnectChallengeProperties
        {
            RedirectUri = BackTo(http.Request.Query["return_url"] is [var wanted] ? wanted : null),
            Prompt = "login",
        };
        new ForgeSignInIntent(ForgeSignInIntent.Operator).WriteTo(properties);
        return ForgeSignIn.AwayAsync(http, forge, rates, limits, properties);
    }

    /// <summary>Completes a return from the Forge with a proven identity.</summary>
    internal static async Task FromForgeAsync(HttpContext http, ForgeIdentity identity, string? back)
    {
        var services = http.RequestServices;
        var outcome = await services
            .GetRequiredService<OperatorSignIn>()
            .RunAsync(http, identity, http.Request.Cookies[Sessions.CookieName(SessionKind.Operator)]);
        if (outcome.IsRefused)
        {
            await Problems.WriteAsync(http, outcome.Refusal);
            return;
        }
        services.GetRequiredService<Sessions>().SetCookie(http, SessionKind.Operator, outcome.Value);
        await Http.SeeOther(BackTo(back)).ExecuteAsync(http);
    }

    public static async Task<IResult> InAsync(
        HttpContext http,
        Request<OperatorSignInRequest> request,
        OperatorSignIn signIn,
        Sessions sessions
    )
    {
        var outcome = await signIn.RunAsync(
            http,
            request.Body.Secret,
            request.Body.Name,
            http.Request.Cookies[Sessions.CookieName(SessionKind.Operator)]
        );
        if (outcome.IsRefused)
            return request.Refused(outcome.Refusal);
        sessions.SetCookie(http, SessionKind.Operator, outcome.Value.Token);
        return request.IsForm
            ? Http.SeeOther(BackTo(request.Body.ReturnUrl))
            : Results.Json(new SignedIn(outcome.Value.Name), Json.Options);
    }

    /// <summary>The sign-in page, with the operators' page to return to.</summary>
    internal static string PageOf(string? back) => QueryHelpers.AddQueryString(Page, "return_url", BackTo(back));

    public static async Task<IResult> OutAsync(HttpContext http, Sessions sessions)
    {
        await sessions.EndAsync(
            http.Actor(),
            SessionKind.Operator,
            http.Request.Cookies[Sessions.CookieName(SessionKind.Operator)]
        );
        sessions.ClearCookie(http, SessionKind.Operator);
        http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
        return Http.SeeOther(Page + "?signed_out=1");
    }

    /// <summary>The path if it is an operators' page, otherwise the operators' start page.</summary>
    internal static string BackTo(string? path) =>
        Http.LocalPath(path) is { } local
        && (
            local == "/admin"
            || local.StartsWith("/admin/", StringComparison.Ordinal)
            || local.StartsWith("/admin?", StringComparison.Ordinal)
        )
        && !local.StartsWith(Page, StringComparison.Ordinal)
            ? local
            : "/admin";
}

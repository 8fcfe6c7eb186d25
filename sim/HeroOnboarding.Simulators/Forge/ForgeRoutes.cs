using System.Security.Claims;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace HeroOnboarding.Simulators.Forge;

/// <summary>
/// The routes of the Forge itself. OpenIddict answers discovery, keys and tokens in the middleware before it.
/// </summary>
internal static class ForgeRoutes
{
    private const string Cookie = "forge_simulator_user";
    private const string Scheme = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void Map(WebApplication app, ForgeUsers users, ForgeKnobs knobs)
    {
        app.Use((http, next) => TroubleAsync(http, next, knobs));
        // OpenIddict passes refusals that must not be redirected to this handler; Forgejo renders them as HTML.
        app.UseStatusCodePages(async context =>
        {
            if (context.HttpContext.Request.Path != ForgePaths.Authorize)
                return;
            context.HttpContext.Response.ContentType = "text/html; charset=utf-8";
            await context.HttpContext.Response.WriteAsync(
                ForgePages.Refused(context.HttpContext.GetOpenIddictServerResponse())
            );
        });
        app.UseAuthentication();
        app.MapMethods(ForgePaths.Authorize, ["GET", "POST"], (HttpContext http) => Authorize(http, users, knobs));
        Delegate userInfo = (HttpContext http) => UserInfoAsync(http, users, knobs);
        app.MapMethods(ForgePaths.UserInfo, ["GET", "POST"], userInfo);
        app.MapGet(ForgePaths.User, (string name) => Profile(users, name));
        app.MapGet("/", (HttpContext http) => ForgePages.Home(Remembered(http, users)));
        app.MapGet(
            ForgePaths.SignOut,
            (HttpContext http) =>
            {
                http.Response.Cookies.Delete(Cookie);
                return ForgePages.SignedOut();
            }
        );
    }

    private static async Task TroubleAsync(HttpContext http, RequestDelegate next, ForgeKnobs knobs)
    {
        if (knobs.Slow > TimeSpan.Zero)
            await Task.Delay(knobs.Slow, http.RequestAborted);
        var path = http.Request.Path;
        if (knobs.Down || (knobs.DiscoveryDown && path == ForgePaths.Discovery))
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
        else if (knobs.TokenError is { } error && path == ForgePaths.Token)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await http.Response.WriteAsJsonAsync(new { error, error_description = "simulated" });
        }
        else
        {
            await next(http);
        }
    }

    private static IResult Authorize(HttpContext http, ForgeUsers users, ForgeKnobs knobs)
    {
        var request = http.GetOpenIddictServerRequest()!;
        if (request.HasParameter(ForgePages.Refuse))
            return Results.Forbid(AccessDenied(), [Scheme]);
        var mustAsk = knobs.AlwaysAsk || request.HasPromptValue(PromptValues.Login);
        var user =
            users.ByLogin((string?)request[ForgePages.SignInAs])
            ?? users.ByLogin(knobs.AutoSignInAs)
            ?? (mustAsk ? null : Remembered(http, users));
        if (user is null)
            return ForgePages.Choose(request, users.All);

        // Forgejo asks once; afterwards it redirects the browser back directly.
        http.Response.Cookies.Append(
            Cookie,
            user.Subject,
            new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax }
        );
        return Results.SignIn(Principal(user, request, knobs), properties: null, Scheme);
    }

    private static async Task<IResult> UserInfoAsync(HttpContext http, ForgeUsers users, ForgeKnobs knobs)
    {
        if (knobs.UserInfoDown)
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        var token = await http.AuthenticateAsync(Scheme);
        if (users.BySubject(token.Principal?.GetClaim(Claims.Subject)) is not { } user)
            return Results.Challenge(authenticationSchemes: [Scheme]);
        var answer = new Dictionary<string, object>
        {
            ["sub"] = knobs.WrongUserInfoSubject ? "1" : user.Subject,
            ["name"] = user.Name,
            ["preferred_username"] = user.Login,
            ["email"] = user.Email,
        };
        // Forgejo's userinfo does not contain it; providers that put every claim into userinfo do.
        if (knobs is { ClaimsInUserInfoOnly: true, EmailVerified: { } verified })
            answer["email_verified"] = verified;
        return Results.Json(answer);
    }

    /// <summary>The public profile of a user; logins are compared without case (Forgejo documentation).</summary>
    private static IResult Profile(ForgeUsers users, string name) =>
        users.All.FirstOrDefault(u => u.Login.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } user
            ? Results.Json(
                new
                {
                    id = user.Id,
                    login = user.Login,
                    login_name = "",
                    full_name = user.Name,
                    email = user.Email,
                    active = true,
                    is_admin = false,
                    visibility = "public",
                }
            )
            : Results.Json(
                new { message = "user redirect does not exist [name: " + name + "]", url = "" },
                statusCode: StatusCodes.Status404NotFound
            );

    private static ClaimsPrincipal Principal(ForgeUser user, OpenIddictRequest request, ForgeKnobs knobs)
    {
        var identity = new ClaimsIdentity("forge", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, user.Subject);
        var here = !knobs.ClaimsInUserInfoOnly;
        if (here && request.HasScope(Scopes.Profile))
            identity.SetClaim(Claims.PreferredUsername, user.Login).SetClaim(Claims.Name, user.Name);
        if (here && request.HasScope(Scopes.Email))
            identity.SetClaim(Claims.Email, user.Email);
        if (here && request.HasScope(Scopes.Email) && knobs.EmailVerified is { } verified)
            identity.SetClaim(Claims.EmailVerified, verified);
        if (knobs.AuthTime is { } at)
            identity.SetClaim(Claims.AuthenticationTime, at.ToUnixTimeSeconds());
        identity.SetScopes(request.GetScopes());
        identity.SetDestinations(_ => [Destinations.IdentityToken]);
        return new ClaimsPrincipal(identity);
    }

    private static AuthenticationProperties AccessDenied() =>
        new(
            new Dictionary<string, string?>
            {
                [OpenIddictServerAspNetCoreConstants.Properties.Error] = Errors.AccessDenied,
                [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = "the request is denied",
            }
        );

    private static ForgeUser? Remembered(HttpContext http, ForgeUsers users) =>
        users.BySubject(http.Request.Cookies[Cookie]);
}

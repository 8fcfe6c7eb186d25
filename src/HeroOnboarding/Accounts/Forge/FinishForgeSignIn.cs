using System.Security.Claims;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>Runs after the Forge has named a person: signs in, or goes on with what the person was sent for.</summary>
internal static class FinishForgeSignIn
{
    public static async Task RunAsync(TicketReceivedContext c)
    {
        c.HandleResponse();
        if (ReadIdentity(c) is not { } identity)
        {
            await Problems.WriteAsync(c.HttpContext, AccountRefusals.SignInFailed);
            return;
        }
        var wish = c.Properties is { } properties ? ForgeSignInIntent.Of(properties) : new ForgeSignInIntent(null);
        if (
            c.HttpContext.RequestServices.GetServices<ForgeReturn>().FirstOrDefault(r => r.Purpose == wish.Purpose) is
            { } to
        )
        {
            await to.RunAsync(c.HttpContext, identity, c.ReturnUri);
            return;
        }
        if (wish.Purpose is not null)
        {
            var ways = c.HttpContext.RequestServices.GetRequiredService<IdentityRoutes>();
            await (
                await ways.BackFromForgeAsync(
                    c.HttpContext,
                    identity,
                    wish,
                    c.Principal!.FindFirstValue("auth_time"),
                    Http.LocalPath(c.ReturnUri) ?? "/account"
                )
            ).ExecuteAsync(c.HttpContext);
            return;
        }
        await SignInAsync(c, identity);
    }

    /// <summary>Null when the issuer is not the configured one, or the subject is no Forge id.</summary>
    private static ForgeIdentity? ReadIdentity(TicketReceivedContext c)
    {
        var person = c.Principal;
        var (issuer, subject) = (person?.FindFirstValue("iss")?.TrimEnd('/'), person?.FindFirstValue("sub"));
        // The handler of ASP.NET Core also accepts the issuer that the discovery document names.
        if (
            person is null
            || issuer is null
            || issuer != ((OpenIdConnectOptions)c.Options).Authority
            || subject is not { Length: > 0 and <= 64 }
            || !subject.All(char.IsAsciiLetterOrDigit)
        )
            return null;
        return new ForgeIdentity(
            issuer,
            subject,
            person.FindFirstValue("preferred_username"),
            person.FindFirstValue("email"),
            ForgeUserInfo.IsTrue(person.FindFirstValue("email_verified"))
        );
    }

    /// <summary>
    /// Signs the customer in. A browser that is signed in to another account is asked before its account changes.
    /// </summary>
    private static async Task SignInAsync(TicketReceivedContext c, ForgeIdentity identity)
    {
        var sessions = c.HttpContext.RequestServices.GetRequiredService<Sessions>();
        var (cookie, back) = (
            c.Request.Cookies[Sessions.CookieName(SessionKind.Customer)],
            Http.LocalPath(c.ReturnUri) ?? "/dashboard"
        );
        if (
            await sessions.FindAsync(SessionKind.Customer, cookie, c.HttpContext.RequestAborted)
                is { Account: { } account } now
            && !(account.ForgeIssuer == identity.Issuer && account.ForgeId == identity.Id)
        )
        {
            var asks = c.HttpContext.RequestServices.GetRequiredService<SwitchAccount>();
            await Http.SeeOther(asks.PageFor(identity, now.Session.IdHash, back)).ExecuteAsync(c.HttpContext);
            return;
        }
        var answer = await c
            .HttpContext.RequestServices.GetRequiredService<SignIn>()
            .RunAsync(identity, c.Request.Headers.UserAgent, cookie);
        sessions.SetCookie(c.HttpContext, SessionKind.Customer, answer.Token);
        await Http.SeeOther(back).ExecuteAsync(c.HttpContext);
    }
}

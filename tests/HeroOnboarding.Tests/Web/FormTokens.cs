using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Tests.Web;

/// <summary>The antiforgery token that a page puts into its forms, without a request for the page.</summary>
internal static class FormTokens
{
    public const string Field = "__RequestVerificationToken";

    /// <summary>
    /// Gives the browser the antiforgery cookie and returns the hidden field's value for whoever is signed in there.
    /// </summary>
    public static async Task<string> FormTokenAsync(this Portal portal, Browser browser)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        (http.Request.Scheme, http.Request.Host) = ("https", new HostString("localhost"));
        http.Request.Headers.Cookie = browser.Cookies.GetCookieHeader(Portal.Base);
        if ((await http.AuthenticateAsync(SessionAuthentication.SchemeName)).Principal is { } user)
            http.User = user;
        var tokens = scope.ServiceProvider.GetRequiredService<IAntiforgery>().GetAndStoreTokens(http);
        foreach (var cookie in http.Response.Headers.SetCookie)
            browser.Cookies.SetCookies(Portal.Base, cookie!);
        return tokens.RequestToken!;
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin;

/// <summary>
/// An operator signs in with the shared secret and the name that the audit is to show. Everybody who knows the secret can claim any name:
/// the audit says who somebody said they were.
/// </summary>
public sealed class OperatorSignIn(Writer writer, Settings settings, RateLimits rates)
{
    private const string Page = "/admin/login";

    /// <summary>What a program is told; the session itself is in the cookie.</summary>
    public sealed record SignedIn(string Name);

    /// <param name="oldToken">A session of this browser that ends with the new one.</param>
    /// <returns>The name as it is recorded, and the secret for the cookie.</returns>
    private async Task<Outcome<(string Name, string Token)>> RunAsync(HttpContext http, string? secret, string? claimed, string? oldToken)
    {
        if (settings.AdminSecret is null)
            return Refusals.AdminOff;
        if (!OperatorAuthentication.IsRight(settings, secret))
            return await OperatorAuthentication.FailedAsync(rates, settings, http);
        var name = PoolJson.Untroubled(claimed ?? "").Trim();
        if (name.Length is < 2 or > 60)
            return Refusals.NameRequired;
        return await writer.RunAsync<(string, string)>("operator.sign_in", new Actor("operator", name), async unit =>
        {
            var old = Sessions.Hash(oldToken ?? "");
            await unit.Db.Sessions.Where(s => s.IdHash == old && s.Kind == SessionKind.Operator).ExecuteDeleteAsync();
            unit.Note(name, new { way = "secret", claimed = true });
            return (name, Sessions.Start(unit, SessionKind.Operator, null, name, http.Request.Headers.UserAgent));
        }, http.RequestAborted);
    }

    public static async Task<IResult> InAsync(HttpContext http, OperatorSignIn signIn, Sessions sessions)
    {
        var input = await Input.ReadAsync(http);
        var (secret, name, back) = (input.Text("secret", 1024), input.Text("name", 500), BackTo(input.Text("return_url", 2048)));
        var page = QueryHelpers.AddQueryString(Page, "return_url", back);
        if (input.Wrong is { } wrong)
            return Answer.Refused(input, wrong, page);
        var outcome = await signIn.RunAsync(http, secret, name, http.Request.Cookies[Sessions.CookieName(SessionKind.Operator)]);
        if (outcome.IsRefused)
            return Answer.Refused(input, outcome.Refusal, page);
        sessions.SetCookie(http, SessionKind.Operator, outcome.Value.Token);
        return input.IsForm ? Http.SeeOther(back) : Results.Json(new SignedIn(outcome.Value.Name), Json.Options);
    }

    public static async Task<IResult> OutAsync(HttpContext http, Sessions sessions)
    {
        await sessions.EndAsync(http.Actor(), SessionKind.Operator, http.Request.Cookies[Sessions.CookieName(SessionKind.Operator)]);
        sessions.ClearCookie(http, SessionKind.Operator);
        http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
        return Http.SeeOther(Page + "?signed_out=1");
    }

    /// <summary>Back to an operators' page; anything else leads to the first one.</summary>
    internal static string BackTo(string? path) =>
        Http.LocalPath(path) is { } local && (local == "/admin" || local.StartsWith("/admin/", StringComparison.Ordinal) || local.StartsWith("/admin?", StringComparison.Ordinal))
            && !local.StartsWith(Page, StringComparison.Ordinal) ? local : "/admin";
}

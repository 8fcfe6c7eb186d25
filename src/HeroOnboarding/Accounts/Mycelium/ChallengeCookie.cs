using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts.Mycelium;

/// <summary>
/// Binds a code to the browser that requested it: 256 random bits in a cookie that scripts cannot read.
/// </summary>
internal static class ChallengeCookie
{
    public const string Name = "__Host-hero-asking";

    public static string? Of(HttpContext http) =>
        http.Request.Cookies[Name] is { Length: Secrets.Length } cookie ? cookie : null;

    /// <summary>
    /// Keeps an existing cookie, so that several pages of one browser do not invalidate each other's codes; otherwise
    /// sets a new one.
    /// </summary>
    public static string Ensure(HttpContext http)
    {
        var cookie = Of(http) ?? Secrets.New();
        http.Response.Cookies.Append(Name, cookie, SecretCookies.Of(TimeSpan.FromHours(1)));
        return cookie;
    }

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Name, SecretCookies.Of(null));
}

namespace HeroOnboarding.Web;

/// <summary>
/// Always Secure. <see cref="CookieSecurePolicy.Always"/> would make every form an error where the request itself
/// arrives over plain http: on
/// loopback, and behind a proxy that is not in <c>TRUSTED_PROXIES</c>. Browsers accept Secure cookies from loopback
/// (tried: Chromium 156).
/// </summary>
internal sealed class SecureCookie : CookieBuilder
{
    public override CookieOptions Build(HttpContext context, DateTimeOffset expiresFrom)
    {
        var options = base.Build(context, expiresFrom);
        options.Secure = true;
        return options;
    }
}

/// <summary>Cookies with a secret in them.</summary>
internal static class SecretCookies
{
    /// <summary>A cookie that no page can read and that comes along from here only.</summary>
    public static CookieOptions Of(TimeSpan? life) =>
        new()
        {
            HttpOnly = true,
            Secure = true,
            SameSite = SameSiteMode.Lax,
            Path = "/",
            IsEssential = true,
            MaxAge = life,
        };
}

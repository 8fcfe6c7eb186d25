namespace HeroOnboarding.Web;

/// <summary>
/// Cookies that are always Secure. <see cref="CookieSecurePolicy.Always"/> would fail every form whose request arrives
/// over plain http: on loopback, and behind a proxy that is not in <c>TRUSTED_PROXIES</c>. Browsers accept Secure
/// cookies from loopback (tried: Chromium 156).
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

/// <summary>Cookies that contain a secret.</summary>
internal static class SecretCookies
{
    /// <summary>
    /// A cookie that scripts cannot read and that requests of other sites do not carry, except links.
    /// </summary>
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

namespace HeroOnboarding.Simulators.Forge;

/// <summary>
/// Forgejo's OAuth2 and OpenID Connect paths, and the one path of its API that needs no token (Forgejo documentation).
/// </summary>
internal static class ForgePaths
{
    public const string Discovery = "/.well-known/openid-configuration";
    public const string Authorize = "/login/oauth/authorize";
    public const string Token = "/login/oauth/access_token";
    public const string UserInfo = "/login/oauth/userinfo";
    public const string Keys = "/login/oauth/keys";
    public const string User = "/api/v1/users/{name}";
    public const string SignOut = "/user/logout";
}

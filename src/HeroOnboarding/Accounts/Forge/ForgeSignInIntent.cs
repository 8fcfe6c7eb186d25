using Microsoft.AspNetCore.Authentication;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// The purpose of a sign-in with the Forge when it is not a new session. It travels in the protected state, which a
/// client cannot change.
/// </summary>
/// <param name="SessionHash">The session that requested it.</param>
/// <param name="Key">The key of a pending link (see <see cref="LinkIdentity"/>).</param>
internal sealed record ForgeSignInIntent(string? Purpose, string? SessionHash = null, string? Key = null)
{
    public const string Link = "link";
    public const string Prove = "prove";

    /// <summary>Sign-in to the operators' pages.</summary>
    public const string Operator = "operator";

    public static ForgeSignInIntent Of(AuthenticationProperties properties) =>
        new(
            properties.Items.TryGetValue(".purpose", out var purpose) ? purpose : null,
            properties.Items.TryGetValue(".asked_by", out var session) ? session : null,
            properties.Items.TryGetValue(".wish", out var key) ? key : null
        );

    public void WriteTo(AuthenticationProperties properties)
    {
        properties.Items[".purpose"] = Purpose;
        properties.Items[".asked_by"] = SessionHash;
        properties.Items[".wish"] = Key;
    }
}

/// <summary>
/// Completes a return from the Forge with this purpose. Registered by the features that use <see cref="ForgeSignIn"/>.
/// </summary>
/// <param name="RunAsync">Receives the proven identity and the address to return to, and answers the request.</param>
internal sealed record ForgeReturn(string Purpose, Func<HttpContext, ForgeIdentity, string?, Task> RunAsync);

using Microsoft.AspNetCore.Authentication;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>
/// What somebody went to the Forge for, besides signing in; it travels in the protected state, where nobody can change
/// it.
/// </summary>
/// <param name="SessionHash">The session that asked.</param>
/// <param name="Key">Of a wish to link (see <see cref="LinkIdentity"/>).</param>
internal sealed record ForgeSignInIntent(string? Purpose, string? SessionHash = null, string? Key = null)
{
    public const string Link = "link";
    public const string Prove = "prove";

    /// <summary>To the operators' pages.</summary>
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

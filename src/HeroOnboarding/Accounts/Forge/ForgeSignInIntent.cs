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

/// <summary>
/// Who goes on with somebody that comes back from the Forge for this purpose; registered by features above this one.
/// </summary>
/// <param name="RunAsync">Takes the proven identity and the address to return to, and answers the request.</param>
internal sealed record ForgeReturn(string Purpose, Func<HttpContext, ForgeIdentity, string?, Task> RunAsync);

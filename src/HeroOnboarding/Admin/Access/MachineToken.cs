using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// A token that a program sends instead of the operator secret, with scopes and an expiry. It can be revoked
/// separately. Only its hash is stored.
/// </summary>
public sealed class MachineToken
{
    public required string Sid { get; set; }

    /// <summary>Unique, also among expired tokens, so that a name in the audit identifies one token.</summary>
    public required string Name { get; set; }
    public required string TokenHash { get; set; }

    /// <summary>Separated by spaces, in the order of <see cref="TokenScopes.Parse"/>.</summary>
    public required string Scopes { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? LastUsedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    public string? RevokedBy { get; set; }

    /// <summary>The prefix of every token, by which a leaked one is recognised.</summary>
    public const string Prefix = "hmt_";

    /// <summary>A new token; it is not stored.</summary>
    internal static string NewSecret() => Prefix + Secrets.New();
}

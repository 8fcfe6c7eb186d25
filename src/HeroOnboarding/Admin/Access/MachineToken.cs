using HeroOnboarding.Store;
using HeroOnboarding.Web;

namespace HeroOnboarding.Admin.Access;

/// <summary>
/// What a program sends instead of the operator secret: good for a few things, for a time, and taken back alone. Only
/// its hash is stored.
/// </summary>
public sealed class MachineToken
{
    public required string Sid { get; set; }

    /// <summary>Never used twice, so that the audit means one token by it.</summary>
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

    /// <summary>In front of every token, so that one is recognized where it does not belong.</summary>
    public const string Prefix = "hmt_";

    /// <summary>A new token; it exists nowhere else.</summary>
    internal static string NewSecret() => Prefix + Secrets.New();
}

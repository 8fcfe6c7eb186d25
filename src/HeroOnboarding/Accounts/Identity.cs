using System.Text.Json.Serialization;

namespace HeroOnboarding.Accounts;

/// <summary>The two ways in.</summary>
public static class Ways
{
    public const string Forge = "forge";
    public const string Mycelium = "mycelium";
}

/// <summary>Somebody's proven identity; which account it opens, the store knows.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ForgeIdentity), Ways.Forge)]
[JsonDerivedType(typeof(MyceliumIdentity), Ways.Mycelium)]
public abstract record Identity
{
    /// <summary>One of <see cref="Ways"/>.</summary>
    [JsonIgnore]
    public abstract string Way { get; }

    /// <summary>For the audit: the way and the id, which never change.</summary>
    [JsonIgnore]
    public abstract string Key { get; }

    /// <summary>What people call it: the login, else the id; the address.</summary>
    [JsonIgnore]
    public abstract string Name { get; }
}

/// <summary>Issuer and subject name the person; the login is only for show, since it can be renamed.</summary>
/// <param name="EmailVerified">The Forge says so of exactly this address (claim <c>email_verified</c>).</param>
public sealed record ForgeIdentity(string Issuer, string Id, string? Login, string? Email, bool EmailVerified = false)
    : Identity
{
    [JsonIgnore]
    public override string Way => Ways.Forge;

    [JsonIgnore]
    public override string Key => "forge:" + Id;

    [JsonIgnore]
    public override string Name => Login ?? "user " + Id;
}

/// <summary>The address that is derived from a node's key, in canonical spelling.</summary>
public sealed record MyceliumIdentity(string Address) : Identity
{
    [JsonIgnore]
    public override string Way => Ways.Mycelium;

    [JsonIgnore]
    public override string Key => "mycelium:" + Address;

    [JsonIgnore]
    public override string Name => Address;
}

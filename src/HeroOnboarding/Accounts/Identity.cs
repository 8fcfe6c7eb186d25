using System.Text.Json.Serialization;

namespace HeroOnboarding.Accounts;

/// <summary>The ways to sign in.</summary>
public static class Ways
{
    public const string Forge = "forge";
    public const string Mycelium = "mycelium";
}

/// <summary>A proven identity. The store maps it to an account.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ForgeIdentity), Ways.Forge)]
[JsonDerivedType(typeof(MyceliumIdentity), Ways.Mycelium)]
public abstract record Identity
{
    /// <summary>One of <see cref="Ways"/>.</summary>
    [JsonIgnore]
    public abstract string Way { get; }

    /// <summary>For the audit: the way and the immutable id.</summary>
    [JsonIgnore]
    public abstract string Key { get; }

    /// <summary>The name to show: the login, else the id; or the address.</summary>
    [JsonIgnore]
    public abstract string Name { get; }
}

/// <summary>
/// A Forge identity. Issuer and subject identify the user; the login can be renamed and is for display only.
/// </summary>
/// <param name="EmailVerified">The claim <c>email_verified</c> about exactly this address.</param>
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

/// <summary>A Mycelium identity: the address that is derived from a node's key, in canonical spelling.</summary>
public sealed record MyceliumIdentity(string Address) : Identity
{
    [JsonIgnore]
    public override string Way => Ways.Mycelium;

    [JsonIgnore]
    public override string Key => "mycelium:" + Address;

    [JsonIgnore]
    public override string Name => Address;
}

using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Accounts.Forge;

/// <summary>Settings of the sign-in with a Forge.</summary>
[Category("Sign-in")]
public sealed class ForgeOptions : IFeatureOptions
{
    [ConfigurationKeyName("FORGE_URL"), AllOrNone, VendorUrl]
    [Description("Address of the Forge (Forgejo, Gitea) people sign in with; its OpenID Connect issuer.")]
    public Uri? Url { get; init; }

    [ConfigurationKeyName("FORGE_CLIENT_ID"), AllOrNone]
    [Description(
        "Client id of this portal's OAuth2 application there. Redirect URI: PUBLIC_BASE_URL + /login/forge/callback."
    )]
    public string? ClientId { get; init; }

    [ConfigurationKeyName("FORGE_CLIENT_SECRET"), AllOrNone]
    [Description("Its client secret.")]
    public Secret? ClientSecret { get; init; }

    [MemberNotNullWhen(true, nameof(Url), nameof(ClientId), nameof(ClientSecret))]
    public bool IsOn => Url is not null && ClientId is not null && ClientSecret is not null;

    /// <summary>True when none of the settings is set.</summary>
    public bool IsUnset => Url is null && ClientId is null && ClientSecret is null;

    public Feature Feature =>
        new(
            "forge_sign_in",
            IsOn,
            IsOn ? "Configured." : "FORGE_URL, FORGE_CLIENT_ID and FORGE_CLIENT_SECRET are not set."
        );

    public IEnumerable<string> FormTargets => IsOn ? [Url.GetLeftPart(UriPartial.Authority)] : [];
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>Addresses of the portal: its public one, the ones it listens on, and the proxies in front of it.</summary>
[Category("Address")]
public sealed class PortalOptions : IValidatableObject
{
    [ConfigurationKeyName("PUBLIC_BASE_URL")]
    [DefaultValue("http://127.0.0.1:9920")]
    [Description(
        "What people type: every link and every address given to others is made from it, never from the Host header. "
            + "https outside loopback."
    )]
    public Uri PublicBaseUrl { get; init; } = null!;

    [ConfigurationKeyName("LISTEN")]
    [DefaultValue("http://127.0.0.1:9920")]
    [Description("Where the server listens.")]
    public string Listen { get; init; } = null!;

    [ConfigurationKeyName("TRUSTED_PROXIES")]
    [Description(
        "Addresses or networks (comma separated, CIDR allowed) of reverse proxies whose X-Forwarded-For and -Proto are "
            + "believed; only the last hop counts."
    )]
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>True when the portal is served on loopback by plain http; then loopback vendors are accepted.</summary>
    public bool IsDevelopment => PublicBaseUrl.IsLoopback && PublicBaseUrl.Scheme == Uri.UriSchemeHttp;

    /// <summary>The value of the Origin header in requests of the portal's own pages.</summary>
    public string Origin => PublicBaseUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>The absolute address of a local path.</summary>
    public string Link(string path) => new Uri(PublicBaseUrl, path).ToString();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var text = validationContext.Loaded().Shown("PUBLIC_BASE_URL");
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url is not { Scheme: "http" or "https", AbsolutePath: "/", Query: "", UserInfo: "" }
        )
            yield return new(
                $"PUBLIC_BASE_URL is '{text}'; it must look like https://portal.example.org, without a path."
            );
        else if (url.Scheme == "http" && !url.IsLoopback)
            yield return new("PUBLIC_BASE_URL is plain http outside loopback; session cookies and sign-in need https.");
        if (
            !Uri.TryCreate(Listen, UriKind.Absolute, out var listen)
            || listen.Scheme is not ("http" or "https")
            || listen.PathAndQuery != "/"
        )
            yield return new($"LISTEN is '{Listen}'; it must look like http://127.0.0.1:9920.");
    }
}

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit;
using HeroOnboarding.Web;

namespace HeroOnboarding.Kyc.Idenfy;

/// <summary>Identity checks by iDenfy.</summary>
[Category("Verification")]
public sealed class IdenfyOptions : IValidatableObject, IFeatureOptions
{
    private const string RealApi = "https://ivs.idenfy.com";

    /// <summary>The only <see cref="Environment"/> in which people are checked.</summary>
    public const string Production = "production";

    [ConfigurationKeyName("IDENFY_API_KEY"), AllOrNone]
    [Description("API key of iDenfy.")]
    public Secret? ApiKey { get; init; }

    [ConfigurationKeyName("IDENFY_API_SECRET"), AllOrNone]
    [Description("Its API secret.")]
    public Secret? ApiSecret { get; init; }

    [ConfigurationKeyName("IDENFY_WEBHOOK_SECRET"), AllOrNone, MinBytes(16)]
    [Description("Signing key of the callback PUBLIC_BASE_URL + /webhooks/idenfy.")]
    public Secret? WebhookSecret { get; init; }

    [ConfigurationKeyName("IDENFY_WEBHOOK_SECRET_NEXT"), MinBytes(16), Needs("IDENFY_WEBHOOK_SECRET")]
    [Description("A second signing key that is valid too, for rotation.")]
    public Secret? WebhookSecretNext { get; init; }

    [ConfigurationKeyName("IDENFY_API_URL"), DefaultValue(RealApi), VendorUrl]
    [Description("Where iDenfy answers; a simulator on loopback for development.")]
    public Uri ApiUrl { get; init; } = null!;

    [ConfigurationKeyName("IDENFY_ENVIRONMENT"), DefaultValue(Production)]
    [AllowedValues(Production, "demo", "test", "dev")]
    [Description(
        "What the API key is good for: 'production', 'demo', 'test' or 'dev'. With live payments 'production' must be "
            + "set."
    )]
    public string Environment { get; init; } = null!;

    [ConfigurationKeyName("IDENFY_DEV_MODE"), DefaultValue("false")]
    [AllowedValues("false", "true", "0", "1", "no", "yes", "approved", "denied", "suspected", "expired")]
    [Description(
        "Asks iDenfy for a made-up result: 'approved' (or 'true'), 'denied', 'suspected', 'expired'; 'false' checks "
            + "people. Needs a dev key."
    )]
    public string DevMode { get; init; } = null!;

    [MemberNotNullWhen(true, nameof(ApiKey), nameof(ApiSecret), nameof(WebhookSecret))]
    public bool IsOn => ApiKey is not null && ApiSecret is not null && WebhookSecret is not null;

    /// <summary>One key, or two during rotation.</summary>
    public IReadOnlyList<Secret> WebhookKeys => [.. new[] { WebhookSecret, WebhookSecretNext }.OfType<Secret>()];

    /// <summary>The made-up result to request in dev mode, such as <c>APPROVED</c>; null checks people.</summary>
    public string? DummyStatus =>
        DevMode switch
        {
            "false" or "0" or "no" => null,
            "true" or "1" or "yes" => "APPROVED",
            var status => status.ToUpperInvariant(),
        };

    public Feature Feature =>
        new(
            "kyc",
            IsOn,
            !IsOn ? "IDENFY_API_KEY, IDENFY_API_SECRET and IDENFY_WEBHOOK_SECRET are not set; operators verify people."
                : DummyStatus is { } dummy ? $"iDenfy with made-up results ({dummy})."
                : "iDenfy."
        );

    /// <summary>Origins of the hosted pages: the address with the token, and the page to which it redirects.</summary>
    public IEnumerable<string> FormTargets =>
        !IsOn ? []
        : ApiUrl == new Uri(RealApi) ? ["https://ivs.idenfy.com", "https://ui.idenfy.com"]
        : [ApiUrl.GetLeftPart(UriPartial.Authority)];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var loaded = validationContext.Loaded();
        if (!IsOn)
        {
            if (DummyStatus is not null)
                yield return new(
                    "IDENFY_DEV_MODE is on but IDENFY_API_KEY, IDENFY_API_SECRET and IDENFY_WEBHOOK_SECRET are not all "
                        + "set."
                );
            yield break;
        }
        if (DummyStatus is not null && Environment != "dev")
            yield return new(
                $"IDENFY_DEV_MODE is on but IDENFY_ENVIRONMENT is '{Environment}'; made-up results need a dev key."
            );
        if (loaded.All<IPaymentOptions>().Any(p => p.IsLive) && BesideRealMoney(loaded) is { } mistake)
            yield return new(mistake);
    }

    private string? BesideRealMoney(LoadedOptions loaded) =>
        DummyStatus is not null ? "IDENFY_DEV_MODE is on with a live payment key; nobody's identity would be checked."
        : !loaded.IsGiven("IDENFY_ENVIRONMENT")
            ? "IDENFY_ENVIRONMENT is not set with a live payment key; say what IDENFY_API_KEY is good for."
        : Environment != Production
            ? $"IDENFY_ENVIRONMENT is '{Environment}' with a live payment key; use a production key."
        : null;
}

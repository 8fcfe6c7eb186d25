using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using HeroOnboarding.Configuration;
using HeroOnboarding.Pool;
using HeroOnboarding.Web;

namespace HeroOnboarding.Credit.Stripe;

/// <summary>Payments by Stripe Checkout.</summary>
[Category("Payments")]
public sealed class StripeOptions : IValidatableObject, IFeatureOptions, IPaymentOptions
{
    private const string RealApi = "https://api.stripe.com";

    [ConfigurationKeyName("STRIPE_SECRET_KEY"), AllOrNone, StripeKey]
    [OlderName("STRIPE_SANDBOX_SECRET_KEY", "An older name of STRIPE_SECRET_KEY, for test keys only.")]
    [Description(
        "Secret or restricted key: sk_test_…, sk_live_…, rk_test_… or rk_live_…. A live key also needs TERMS_URL, "
            + "PRIVACY_URL, REFUND_POLICY_URL, SELLER_NAME and SELLER_ADDRESS."
    )]
    public Secret? SecretKey { get; init; }

    [ConfigurationKeyName("STRIPE_WEBHOOK_SIGNING_KEY"), AllOrNone, StripeSigningSecret]
    [Description("Signing secret (whsec_…) of the webhook endpoint PUBLIC_BASE_URL + /webhooks/stripe.")]
    public Secret? WebhookKey { get; init; }

    [ConfigurationKeyName("STRIPE_WEBHOOK_SIGNING_KEY_NEXT"), StripeSigningSecret]
    [Needs("STRIPE_WEBHOOK_SIGNING_KEY")]
    [Description("A second signing secret that is valid too, for rotation.")]
    public Secret? WebhookKeyNext { get; init; }

    [ConfigurationKeyName("STRIPE_API_URL"), DefaultValue(RealApi), VendorUrl]
    [Description("Where Stripe answers; a simulator on loopback for development.")]
    public Uri ApiUrl { get; init; } = null!;

    [MemberNotNullWhen(true, nameof(SecretKey), nameof(WebhookKey))]
    public bool IsOn => SecretKey is not null && WebhookKey is not null;

    /// <summary>One key, or two during rotation.</summary>
    public IReadOnlyList<Secret> WebhookKeys => [.. new[] { WebhookKey, WebhookKeyNext }.OfType<Secret>()];

    /// <summary>True for live keys; test keys move no money.</summary>
    public bool IsLive => IsOn && SecretKey.Reveal().Contains("_live_", StringComparison.Ordinal);

    public Feature Feature =>
        new(
            "payments",
            IsOn,
            !IsOn ? "STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SIGNING_KEY are not set; operators add credit."
                : IsLive ? "Stripe, live: real money."
                : "Stripe, test mode: no real money."
        );

    /// <summary>Origins of the hosted checkout pages.</summary>
    public IEnumerable<string> FormTargets =>
        !IsOn ? []
        : ApiUrl == new Uri(RealApi) ? ["https://checkout.stripe.com"]
        : [ApiUrl.GetLeftPart(UriPartial.Authority)];

    /// <summary>
    /// A live key requires the seller's legal information, and excludes sample machines and the simulator.
    /// </summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IsLive)
            yield break;
        var loaded = validationContext.Loaded();
        var missing = new[] { "TERMS_URL", "PRIVACY_URL", "REFUND_POLICY_URL", "SELLER_NAME", "SELLER_ADDRESS" }
            .Where(name => !loaded.IsGiven(name))
            .ToList();
        if (missing.Count > 0)
            yield return new($"STRIPE_SECRET_KEY is a live key; selling needs {string.Join(", ", missing)} as well.");
        if (ApiUrl != new Uri(RealApi))
            yield return new($"STRIPE_SECRET_KEY is a live key but STRIPE_API_URL is not {RealApi}.");
        if (loaded.Get<PoolOptions>().IsDemoPool)
            yield return new(
                "STRIPE_SECRET_KEY is a live key while PROVISIONER_DEMO hands out sample machines; set VM_POOL_JSON."
            );
    }
}

/// <summary>A secret or restricted key of Stripe; a live key is accepted only as STRIPE_SECRET_KEY.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class StripeKeyAttribute : SettingRuleAttribute
{
    private static readonly string[] Kinds = ["sk_test_", "sk_live_", "rk_test_", "rk_live_"];

    protected override string? Mistake(string name, string text, ValidationContext context) =>
        !Kinds.Any(k => text.StartsWith(k, StringComparison.Ordinal) && text.Length > k.Length)
            ? $"{name} must be a secret or restricted key of Stripe: it starts with {string.Join(", ", Kinds)}."
        : name != "STRIPE_SECRET_KEY" && text.Contains("_live_", StringComparison.Ordinal)
            ? $"{name} is a live key; set it as STRIPE_SECRET_KEY."
        : null;
}

/// <summary>The signing secret of a webhook endpoint.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class StripeSigningSecretAttribute : SettingRuleAttribute
{
    protected override string? Mistake(string name, string text, ValidationContext context) =>
        text.StartsWith("whsec_", StringComparison.Ordinal) && text.Length >= 12
            ? null
            : $"{name} must be the signing secret of the webhook endpoint; it starts with whsec_.";
}

using System.Security.Cryptography.X509Certificates;
using HeroOnboarding.Plans;

namespace HeroOnboarding;

/// <summary>
/// Every setting on one page, read from the environment, or from files of the same name in <c>/run/secrets</c> and
/// systemd's <c>$CREDENTIALS_DIRECTORY</c>. A feature whose settings are wholly unset is off; half set is a mistake.
/// </summary>
public sealed class Settings
{
    /// <summary>Every setting with its meaning.</summary>
    public static IReadOnlyList<SettingDescription> Descriptions => SettingDescriptions.All;

    private readonly SettingsReader read;

    private Settings(SettingsReader read)
    {
        this.read = read;
        PublicBaseUrl = read.BaseUrl("PUBLIC_BASE_URL");
        Listen = read.Text("LISTEN")!;
        TrustedProxies = read.Networks("TRUSTED_PROXIES");
        DataDir = read.Text("DATA_DIR")!;
        DatabaseUrl = read.Secret("DATABASE_URL");
        DataProtectionCertificate = read.Certificate("DATA_PROTECTION_CERTIFICATE");
        AdminSecret = read.LongSecret("HERO_ONBOARDING_ADMIN_SECRET");
        AdminSecretNext = read.LongSecret("HERO_ONBOARDING_ADMIN_SECRET_NEXT");
        Forge = read.AllOrNone("FORGE_URL", "FORGE_CLIENT_ID", "FORGE_CLIENT_SECRET")
            ? new(read.Vendor("FORGE_URL"), read.Text("FORGE_CLIENT_ID")!, read.Secret("FORGE_CLIENT_SECRET")!)
            : null;
        MyceliumApi = read.Mycelium("MYCELIUM_API_URL");
        AdminForgeUsers = read.Operators("ADMIN_FORGE_USERS");
        VmPoolJson = read.TextOrFile("VM_POOL_JSON");
        ProvisionerDemo = read.Flag("PROVISIONER_DEMO");
        PoolLowWater = read.Text("POOL_LOW_WATER") is null ? null : read.Number("POOL_LOW_WATER", 0, 1_000_000);
        Probe = read.Probe(
            "PROBE",
            "PROBE_EVERY_SECONDS",
            "PROBE_MAX_AGE_SECONDS",
            "PROBE_TIMEOUT_SECONDS",
            "PROBE_AT_ONCE",
            "PROBE_CIDRS"
        );
        WipeAttempts = read.Number("WIPE_ATTEMPTS", 1, 1000);
        ReplacementsPerSlot = read.Number("REPLACEMENTS_PER_SLOT", 0, 1000);
        DeployerDeadline = TimeSpan.FromMinutes(read.Number("DEPLOYER_DEADLINE_MINUTES", 1, 100_000));
        Plans = read.Plans("PLANS_JSON");
        ExpiryGrace = TimeSpan.FromHours(read.Number("EXPIRY_GRACE_HOURS", 0, 720));
        AutoReleaseEvery = TimeSpan.FromMilliseconds(
            read.Number("HERO_ONBOARDING_AUTO_RELEASE_CRON_INTERVAL_MS", 1000, 86_400_000)
        );
        Deployer = read.AllOrNone("DEPLOYER_URL", "DEPLOYER_SECRET")
            ? new(read.Vendor("DEPLOYER_URL"), read.WebhookSecret("DEPLOYER_SECRET"))
            : null;
        TopUpMinCents = read.Number("TOPUP_MIN_CENTS", 50, 100_000_000);
        TopUpMaxCents = read.Number("TOPUP_MAX_CENTS", 50, 100_000_000);
        Stripe = read.Stripe(
            "STRIPE_SECRET_KEY",
            "STRIPE_SANDBOX_SECRET_KEY",
            "STRIPE_API_URL",
            ["STRIPE_WEBHOOK_SIGNING_KEY", "STRIPE_WEBHOOK_SIGNING_KEY_NEXT"]
        );
        Idenfy = read.Idenfy(
            "IDENFY_API_URL",
            ["IDENFY_API_KEY", "IDENFY_API_SECRET"],
            ["IDENFY_WEBHOOK_SECRET", "IDENFY_WEBHOOK_SECRET_NEXT"],
            "IDENFY_ENVIRONMENT",
            "IDENFY_DEV_MODE"
        );
        SupportUrl = read.Link("SUPPORT_URL");
        SecurityContact = read.Link("SECURITY_CONTACT") ?? SupportUrl;
        TermsUrl = read.Link("TERMS_URL");
        PrivacyUrl = read.Link("PRIVACY_URL");
        RefundPolicyUrl = read.Link("REFUND_POLICY_URL");
        TermsVersion = TermsUrl is null ? null : read.Text("TERMS_VERSION") ?? TermsUrl;
        SellerName = read.Text("SELLER_NAME");
        SellerAddress = read.Text("SELLER_ADDRESS");
        HandoutsPerSlot = read.Number("HANDOUTS_PER_SLOT", 1, 1_000_000);
        RequestsPerMinute = read.Number("RATE_REQUESTS_PER_MINUTE", 1, 100_000);
        SignInsPerMinute = read.Number("RATE_SIGNINS_PER_MINUTE", 1, 100_000);
        AdminFailuresPerMinute = read.Number("RATE_ADMIN_FAILURES_PER_MINUTE", 1, 1000);
        LogFormat = read.OneOf("LOG_FORMAT", "json", "text");
        read.CheckWhole(this);
    }

    public Uri PublicBaseUrl { get; }
    public string Listen { get; }
    public IReadOnlyList<System.Net.IPNetwork> TrustedProxies { get; }
    public string DataDir { get; }
    public Secret? DatabaseUrl { get; }
    public X509Certificate2? DataProtectionCertificate { get; }
    public Secret? AdminSecret { get; }
    public Secret? AdminSecretNext { get; }
    public ForgeSettings? Forge { get; }
    public MyceliumSettings? MyceliumApi { get; }

    /// <summary>Role by numeric Forge id; these go before what owners set on the operators' page.</summary>
    public IReadOnlyDictionary<string, Admin.Access.OperatorRole> AdminForgeUsers { get; }
    public string? VmPoolJson { get; }
    public bool ProvisionerDemo { get; }

    /// <summary>So few free machines are an alarm; null for a tenth of the listed ones.</summary>
    public int? PoolLowWater { get; }

    /// <summary>Null while machines are not probed.</summary>
    public ProbeSettings? Probe { get; }
    public int WipeAttempts { get; }
    public int ReplacementsPerSlot { get; }
    public TimeSpan DeployerDeadline { get; }
    public IReadOnlyList<PlanConfig> Plans { get; }

    /// <summary>How long machines are kept after the end of their plan.</summary>
    public TimeSpan ExpiryGrace { get; }
    public TimeSpan AutoReleaseEvery { get; }
    public DeployerSettings? Deployer { get; }

    /// <summary>US cents.</summary>
    public int TopUpMinCents { get; }

    /// <inheritdoc cref="TopUpMinCents"/>
    public int TopUpMaxCents { get; }
    public StripeSettings? Stripe { get; }
    public IdenfySettings? Idenfy { get; }
    public string? SupportUrl { get; }

    /// <summary>
    /// Where vulnerabilities are reported: an https or mailto address; null when neither setting names one.
    /// </summary>
    public string? SecurityContact { get; }
    public string? TermsUrl { get; }
    public string? PrivacyUrl { get; }
    public string? RefundPolicyUrl { get; }

    /// <summary>The version of the terms that people accept before buying; null where there are no terms.</summary>
    public string? TermsVersion { get; }
    public string? SellerName { get; }
    public string? SellerAddress { get; }
    public int HandoutsPerSlot { get; }
    public int RequestsPerMinute { get; }
    public int SignInsPerMinute { get; }
    public int AdminFailuresPerMinute { get; }
    public string LogFormat { get; }

    /// <summary>True when a pool provisioner is registered: <c>VM_POOL_JSON</c> (even <c>[]</c>) or the demo.</summary>
    public bool HasPool => VmPoolJson is not null || ProvisionerDemo;

    /// <summary>
    /// Only machines with a good probe since then are handed out; null while machines are not probed.
    /// </summary>
    public DateTimeOffset? ProvenSince(DateTimeOffset now) => Probe is null ? null : now - Probe.MaxAge;

    /// <summary>True when the pool is only the built-in sample.</summary>
    public bool IsDemoPool => ProvisionerDemo && VmPoolJson is null;

    /// <summary>Served on loopback: plain http and loopback vendors are fine.</summary>
    public bool IsDevelopment => PublicBaseUrl.IsLoopback && PublicBaseUrl.Scheme == Uri.UriSchemeHttp;

    /// <summary>Real money moves.</summary>
    public bool TakesLivePayments => Stripe is { IsLive: true };

    /// <summary>
    /// Where forms of ours may lead: browsers check every redirect after a form against this list (CSP form-action).
    /// </summary>
    public IEnumerable<string> FormTargets =>
        [
            .. Forge is { } forge ? [forge.Url.GetLeftPart(UriPartial.Authority)] : Array.Empty<string>(),
            .. Stripe?.CheckoutOrigins ?? [],
            .. Idenfy?.PageOrigins ?? [],
        ];

    /// <summary>Mistakes, a sentence each. With any of these the server refuses to start.</summary>
    public IReadOnlyList<string> Mistakes => read.Mistakes;

    /// <summary>
    /// Names that look like a typing error of a known setting: a warning at start, a mistake for <c>check-config</c>.
    /// </summary>
    public IReadOnlyList<string> NearMisses => read.NearMisses;

    /// <summary>A local path as a whole address.</summary>
    public string Link(string path) => new Uri(PublicBaseUrl, path).ToString();

    /// <summary>Where this origin's own requests come from (the Origin header).</summary>
    public string Origin => PublicBaseUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>The text of a setting; null also for secrets, which nobody shows.</summary>
    public string? Raw(string name) => Descriptions.Any(k => k.Name == name && k.IsSecret) ? null : read.Text(name);

    /// <summary>True when the setting was given a value, secret or not.</summary>
    public bool IsSet(string name) => read.Text(name) is not null;

    public static Settings Load(IReadOnlyDictionary<string, string?> environment) =>
        new(new SettingsReader(environment));

    public static Settings FromEnvironment() =>
        Load(
            Environment
                .GetEnvironmentVariables()
                .Cast<System.Collections.DictionaryEntry>()
                .ToDictionary(e => (string)e.Key, e => (string?)e.Value, StringComparer.Ordinal)
        );
}

/// <summary>How machines are asked whether they answer.</summary>
/// <param name="Http">The cockpit's page; else a TCP connection to the SSH port.</param>
/// <param name="Allowed">Networks that may be asked; empty for all that are not forbidden anyway.</param>
public sealed record ProbeSettings(
    bool Http,
    TimeSpan Every,
    TimeSpan MaxAge,
    TimeSpan Timeout,
    int AtOnce,
    IReadOnlyList<System.Net.IPNetwork> Allowed
)
{
    /// <summary>The job looks more often than a machine is due, so that its own rhythm adds little.</summary>
    public TimeSpan JobEvery => TimeSpan.FromSeconds(Math.Max(5, Every.TotalSeconds / 2));
}

/// <summary>Sign-in with a Forge.</summary>
public sealed record ForgeSettings(Uri Url, string ClientId, Secret ClientSecret);

/// <summary>The Mycelium daemon on this machine.</summary>
/// <param name="SocketPath">Null where it listens on loopback.</param>
public sealed record MyceliumSettings(Uri BaseAddress, string? SocketPath);

/// <summary>Payments by Stripe Checkout.</summary>
/// <param name="WebhookKeys">One, or two during rotation.</param>
public sealed record StripeSettings(Uri ApiUrl, Secret SecretKey, IReadOnlyList<Secret> WebhookKeys)
{
    internal static readonly Uri RealApi = new("https://api.stripe.com");

    /// <summary>True for live keys; test keys move no money.</summary>
    public bool IsLive => SecretKey.Reveal().Contains("_live_", StringComparison.Ordinal);

    /// <summary>Origins of the hosted checkout pages.</summary>
    public IReadOnlyList<string> CheckoutOrigins =>
        ApiUrl == RealApi ? ["https://checkout.stripe.com"] : [ApiUrl.GetLeftPart(UriPartial.Authority)];
}

/// <summary>Identity checks by iDenfy.</summary>
/// <param name="WebhookKeys">One, or two during rotation.</param>
/// <param name="DummyStatus">In dev mode the result to ask for, such as <c>APPROVED</c>; null checks people.</param>
public sealed record IdenfySettings(
    Uri ApiUrl,
    Secret ApiKey,
    Secret ApiSecret,
    IReadOnlyList<Secret> WebhookKeys,
    string Environment,
    string? DummyStatus
)
{
    internal static readonly Uri RealApi = new("https://ivs.idenfy.com");

    /// <summary>The only <see cref="Environment"/> in which people are checked.</summary>
    public const string Production = "production";

    /// <summary>Origins of the hosted pages: the token's redirect, and where it leads.</summary>
    public IReadOnlyList<string> PageOrigins =>
        ApiUrl == RealApi
            ? ["https://ivs.idenfy.com", "https://ui.idenfy.com"]
            : [ApiUrl.GetLeftPart(UriPartial.Authority)];
}

/// <summary>Who is told about hand-outs and releases.</summary>
public sealed record DeployerSettings(Uri Url, Secret Secret);

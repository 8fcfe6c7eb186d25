using System.Security.Cryptography.X509Certificates;
using HeroOnboarding.Plans;

namespace HeroOnboarding;

/// <summary>
/// One knob: its name, what it means when unset, and what it does. <c>docs/configuration.md</c> is generated from
/// these.
/// </summary>
public sealed record SettingDescription(
    string Name,
    string Group,
    string? Default,
    string Meaning,
    bool IsSecret = false
);

/// <summary>
/// Every knob on one page, read from the environment, or from files of the same name in <c>/run/secrets</c> and
/// systemd's
/// <c>$CREDENTIALS_DIRECTORY</c>. A feature whose settings are wholly unset is off; half set is a mistake.
/// </summary>
public sealed class Settings
{
    private const string Address = "Address",
        StoreGroup = "Store",
        Operators = "Operators",
        SignIn = "Sign-in",
        Pool = "Pool",
        Money = "Plans",
        Payments = "Payments",
        Verification = "Verification",
        Notices = "Deployer",
        Text = "Links",
        Limits = "Limits";

    public static IReadOnlyList<SettingDescription> Descriptions { get; } =
    [
        new(
            "PUBLIC_BASE_URL",
            Address,
            "http://127.0.0.1:9920",
            "What people type: every link and every address given to others is made from it, never from the Host "
                + "header. https outside loopback."
        ),
        new("LISTEN", Address, "http://127.0.0.1:9920", "Where the server listens."),
        new(
            "TRUSTED_PROXIES",
            Address,
            null,
            "Addresses or networks (comma separated, CIDR allowed) of reverse proxies whose X-Forwarded-For and "
                + "-Proto are believed; only the last hop counts."
        ),
        new("DATA_DIR", StoreGroup, "data", "Folder of the SQLite file."),
        new(
            "DATABASE_URL",
            StoreGroup,
            null,
            "postgres://user:password@host:port/database; then SQLite is not used. Run 'migrate' before 'serve'.",
            true
        ),
        new(
            "DATA_PROTECTION_CERTIFICATE",
            StoreGroup,
            null,
            "PEM file with certificate and private key that encrypts the form-token keys kept in the store."
        ),
        new(
            "HERO_ONBOARDING_ADMIN_SECRET",
            Operators,
            null,
            "Secret of the operators' pages and machine routes, at least 32 bytes. Unset: they answer 503.",
            true
        ),
        new(
            "HERO_ONBOARDING_ADMIN_SECRET_NEXT",
            Operators,
            null,
            "A second secret that is valid too, for rotation.",
            true
        ),
        new(
            "ADMIN_FORGE_USERS",
            Operators,
            null,
            "Operators by their numeric Forge id, each with a role: 1001:owner,1002:operator,1003:viewer. Needs "
                + "FORGE_URL. With an owner the operator secret opens no pages any more. Ids: hero-onboarding "
                + "users resolve NAME."
        ),
        new(
            "FORGE_URL",
            SignIn,
            null,
            "Address of the Forge (Forgejo, Gitea) people sign in with; its OpenID Connect issuer."
        ),
        new(
            "FORGE_CLIENT_ID",
            SignIn,
            null,
            "Client id of this portal's OAuth2 application there. Redirect URI: PUBLIC_BASE_URL + "
                + "/login/forge/callback."
        ),
        new("FORGE_CLIENT_SECRET", SignIn, null, "Its client secret.", true),
        new(
            "MYCELIUM_API_URL",
            SignIn,
            null,
            "API of the Mycelium daemon beside this portal, for sign-in by address: http://127.0.0.1:8989, or "
                + "unix:/path/of/its/socket. It has no password of its own, so nothing but loopback and sockets is "
                + "accepted."
        ),
        new(
            "VM_POOL_JSON",
            Pool,
            null,
            "The pool: a JSON array or {\"pool\":[…]}, or @file. Applied at a start, each content once; going back "
                + "to an earlier one is a refresh. '[]' is an empty pool."
        ),
        new("PROVISIONER_DEMO", Pool, "false", "A built-in sample pool, for trying things out; every page says so."),
        new(
            "POOL_LOW_WATER",
            Pool,
            null,
            "Alarm when so few machines or fewer are free. Default: a tenth of the listed ones."
        ),
        new(
            "PROBE",
            Pool,
            "off",
            "Asks free machines whether they answer, and hands out only those that did lately: 'tcp' (address and "
                + "ssh_port), 'http' (cockpit_url), or 'off'."
        ),
        new("PROBE_EVERY_SECONDS", Pool, "60", "How often each machine is asked, give or take a quarter."),
        new(
            "PROBE_MAX_AGE_SECONDS",
            Pool,
            "300",
            "A machine whose last good answer is older is not handed out. At least twice PROBE_EVERY_SECONDS."
        ),
        new("PROBE_TIMEOUT_SECONDS", Pool, "5", "How long a machine has to answer."),
        new("PROBE_AT_ONCE", Pool, "32", "How many machines are asked at once."),
        new(
            "PROBE_CIDRS",
            Pool,
            null,
            "Networks that probes may go to (comma separated), such as 10.20.0.0/16. Default: all but loopback, "
                + "link-local, metadata and multicast addresses, which are never asked outside development."
        ),
        new("WIPE_ATTEMPTS", Pool, "3", "A machine whose erasure failed so often is quarantined."),
        new(
            "REPLACEMENTS_PER_SLOT",
            Limits,
            "1",
            "How often per machine of a plan, in 30 days, customers may say 'This machine does not work' and get "
                + "another one."
        ),
        new(
            "PLANS_JSON",
            Money,
            null,
            "Replaces the built-in plans: [{\"id\",\"name\",\"price_cents\",\"vm_count\"}]. A plan runs 30 days."
        ),
        new(
            "EXPIRY_GRACE_HOURS",
            Money,
            "72",
            "How long machines are kept after their plan has ended, in hours; part of the lease's expires_at, and "
                + "frozen when the plan is bought, renewed or upgraded. At most 720."
        ),
        new(
            "HERO_ONBOARDING_AUTO_RELEASE_CRON_INTERVAL_MS",
            Money,
            "3600000",
            "How often machines past their expires_at are released, in milliseconds."
        ),
        new("TOPUP_MIN_CENTS", Payments, "100", "Least top-up, in US cents. Stripe takes no less than 50."),
        new("TOPUP_MAX_CENTS", Payments, "100000", "Most per top-up, in US cents."),
        new(
            "STRIPE_SECRET_KEY",
            Payments,
            null,
            "Secret or restricted key: sk_test_…, sk_live_…, rk_test_… or rk_live_…. A live key also needs "
                + "TERMS_URL, PRIVACY_URL, REFUND_POLICY_URL, SELLER_NAME and SELLER_ADDRESS.",
            true
        ),
        new(
            "STRIPE_SANDBOX_SECRET_KEY",
            Payments,
            null,
            "An older name of STRIPE_SECRET_KEY, for test keys only.",
            true
        ),
        new(
            "STRIPE_WEBHOOK_SIGNING_KEY",
            Payments,
            null,
            "Signing secret (whsec_…) of the webhook endpoint PUBLIC_BASE_URL + /webhooks/stripe.",
            true
        ),
        new(
            "STRIPE_WEBHOOK_SIGNING_KEY_NEXT",
            Payments,
            null,
            "A second signing secret that is valid too, for rotation.",
            true
        ),
        new(
            "STRIPE_API_URL",
            Payments,
            "https://api.stripe.com",
            "Where Stripe answers; a simulator on loopback for development."
        ),
        new("IDENFY_API_KEY", Verification, null, "API key of iDenfy.", true),
        new("IDENFY_API_SECRET", Verification, null, "Its API secret.", true),
        new(
            "IDENFY_WEBHOOK_SECRET",
            Verification,
            null,
            "Signing key of the callback PUBLIC_BASE_URL + /webhooks/idenfy.",
            true
        ),
        new(
            "IDENFY_WEBHOOK_SECRET_NEXT",
            Verification,
            null,
            "A second signing key that is valid too, for rotation.",
            true
        ),
        new(
            "IDENFY_API_URL",
            Verification,
            "https://ivs.idenfy.com",
            "Where iDenfy answers; a simulator on loopback for development."
        ),
        new(
            "IDENFY_ENVIRONMENT",
            Verification,
            "production",
            "What the API key is good for: 'production', 'demo', 'test' or 'dev'. "
                + "With live payments 'production' must be set."
        ),
        new(
            "IDENFY_DEV_MODE",
            Verification,
            "false",
            "Asks iDenfy for a made-up result: 'approved' (or 'true'), 'denied', 'suspected', 'expired'; 'false' "
                + "checks people. Needs a dev key."
        ),
        new(
            "DEPLOYER_URL",
            Notices,
            null,
            "Told at every hand-out (POST /admin/assign-vm) and release (POST /admin/release-vm)."
        ),
        new(
            "DEPLOYER_SECRET",
            Notices,
            null,
            "Signs what we tell it: 'whsec_' and base64 of 24 to 64 bytes (Standard Webhooks).",
            true
        ),
        new(
            "DEPLOYER_DEADLINE_MINUTES",
            Notices,
            "30",
            "Alarm when a hand-out is not confirmed or a machine not erased after this time; the machine stays out."
        ),
        new("SUPPORT_URL", Text, null, "Where people get help; shown with every refusal. https or mailto."),
        new(
            "SECURITY_CONTACT",
            Text,
            null,
            "Where vulnerabilities are reported, for /.well-known/security.txt (RFC 9116). https or mailto. Default: "
                + "SUPPORT_URL; without both there is no such file."
        ),
        new("TERMS_URL", Text, null, "Your terms."),
        new("PRIVACY_URL", Text, null, "Your privacy statement."),
        new("REFUND_POLICY_URL", Text, null, "Your refund policy; shown before paying."),
        new(
            "TERMS_VERSION",
            Text,
            null,
            "Name of the version of your terms, such as 2026-11; people accept each version once. Default: TERMS_URL "
                + "itself."
        ),
        new("SELLER_NAME", Text, null, "Who sells, for the foot of every page and for receipts."),
        new("SELLER_ADDRESS", Text, null, "The seller's postal address, for receipts."),
        new(
            "HANDOUTS_PER_SLOT",
            Limits,
            "3",
            "Hand-outs per machine of a plan in 24 hours, so that one plan cannot drain the pool into wiping."
        ),
        new(
            "RATE_REQUESTS_PER_MINUTE",
            Limits,
            "120",
            "Changing requests per account and minute, each kind counted by itself."
        ),
        new("RATE_SIGNINS_PER_MINUTE", Limits, "20", "Sign-in attempts per client address and minute."),
        new("RATE_ADMIN_FAILURES_PER_MINUTE", Limits, "5", "Wrong operator secrets per client address and minute."),
        new("LOG_FORMAT", Limits, "json", "'json' or 'text'."),
    ];

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
    /// Names that look like a typing error of a known knob: a warning at start, a mistake for <c>check-config</c>.
    /// </summary>
    public IReadOnlyList<string> NearMisses => read.NearMisses;

    /// <summary>A local path as a whole address.</summary>
    public string Link(string path) => new Uri(PublicBaseUrl, path).ToString();

    /// <summary>Where this origin's own requests come from (the Origin header).</summary>
    public string Origin => PublicBaseUrl.GetLeftPart(UriPartial.Authority);

    /// <summary>The text of a knob; null also for secrets, which nobody shows.</summary>
    public string? Raw(string name) => Descriptions.Any(k => k.Name == name && k.IsSecret) ? null : read.Text(name);

    /// <summary>True when the knob was given a value, secret or not.</summary>
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

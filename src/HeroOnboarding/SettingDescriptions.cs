namespace HeroOnboarding;

/// <summary>Every setting, in the order of <c>docs/configuration.md</c>, which is generated from it.</summary>
internal static class SettingDescriptions
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

    public static IReadOnlyList<SettingDescription> All { get; } =
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
}

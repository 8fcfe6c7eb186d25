using static HeroOnboarding.Tests.Configuration.ProviderSettings;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>A half set or wrong provider is one mistake, named in one sentence that shows no secret.</summary>
public sealed class ProviderMistakes
{
    /// <summary>Settings, and a part of the sentence about them.</summary>
    public static TheoryData<string, string> PaymentMistakes { get; } =
        new()
        {
            {
                "STRIPE_SECRET_KEY=sk_test_hush",
                "STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SIGNING_KEY is not; set all of"
            },
            {
                "STRIPE_SANDBOX_SECRET_KEY=sk_test_hush",
                "STRIPE_SANDBOX_SECRET_KEY is set but STRIPE_WEBHOOK_SIGNING_KEY is not"
            },
            {
                "STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
                "STRIPE_WEBHOOK_SIGNING_KEY is set but STRIPE_SECRET_KEY is not"
            },
            {
                "STRIPE_WEBHOOK_SIGNING_KEY_NEXT=whsec_hush12",
                "STRIPE_WEBHOOK_SIGNING_KEY_NEXT is set but STRIPE_WEBHOOK_SIGNING_KEY is not."
            },
            {
                "STRIPE_SECRET_KEY=pk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
                "must be a secret or restricted key of Stripe: it starts with sk_test_, sk_live_, rk_test_, rk_live_"
            },
            {
                "STRIPE_SECRET_KEY=sk_test_;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
                "must be a secret or restricted key of Stripe"
            },
            {
                "STRIPE_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=hush-hush-hush",
                "STRIPE_WEBHOOK_SIGNING_KEY must be the signing secret of the webhook endpoint; it starts with whsec_."
            },
            {
                "STRIPE_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush",
                "STRIPE_WEBHOOK_SIGNING_KEY must be the signing secret"
            },
            {
                TestPayments + ";STRIPE_WEBHOOK_SIGNING_KEY_NEXT=hush-hush-hush",
                "STRIPE_WEBHOOK_SIGNING_KEY_NEXT must be the signing secret"
            },
            {
                TestPayments + ";STRIPE_SANDBOX_SECRET_KEY=sk_test_hush2",
                "STRIPE_SECRET_KEY and STRIPE_SANDBOX_SECRET_KEY are both set and differ; keep the first."
            },
            {
                "STRIPE_SANDBOX_SECRET_KEY=sk_live_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12;" + Selling,
                "STRIPE_SANDBOX_SECRET_KEY is a live key; set it as STRIPE_SECRET_KEY."
            },
            { TestPayments + ";STRIPE_API_URL=http://stripe.example.org", "STRIPE_API_URL is not an https address" },
            {
                "PUBLIC_BASE_URL=https://portal.example.org;" + TestPayments + ";STRIPE_API_URL=http://127.0.0.1:9940",
                "STRIPE_API_URL is a loopback address while PUBLIC_BASE_URL is public"
            },
            { "TOPUP_MIN_CENTS=49", "TOPUP_MIN_CENTS is '49'; it must be a whole number from 50 to 100000000." },
            { "TOPUP_MAX_CENTS=lots", "TOPUP_MAX_CENTS is 'lots'" },
            { "TOPUP_MIN_CENTS=501;TOPUP_MAX_CENTS=500", "TOPUP_MIN_CENTS is above TOPUP_MAX_CENTS." },
        };

    [Theory]
    [MemberData(nameof(PaymentMistakes))]
    public void A_mistake_about_payments_is_named_in_one_sentence(string settings, string named) =>
        ExpectMistake(settings, named);

    /// <summary>Settings, and a part of the sentence about them.</summary>
    public static TheoryData<string, string> VerificationMistakes { get; } =
        new()
        {
            {
                "IDENFY_API_KEY=hush-key",
                "IDENFY_API_KEY is set but IDENFY_API_SECRET and IDENFY_WEBHOOK_SECRET are not; set all of"
            },
            {
                "IDENFY_API_KEY=hush-key;IDENFY_API_SECRET=hush-secret",
                "IDENFY_API_KEY and IDENFY_API_SECRET are set but IDENFY_WEBHOOK_SECRET is not"
            },
            {
                "IDENFY_WEBHOOK_SECRET=hush-0123456789abcdef",
                "IDENFY_WEBHOOK_SECRET is set but IDENFY_API_KEY and IDENFY_API_SECRET are not"
            },
            {
                "IDENFY_WEBHOOK_SECRET_NEXT=hush-0123456789abcdef",
                "IDENFY_WEBHOOK_SECRET_NEXT is set but IDENFY_WEBHOOK_SECRET is not."
            },
            {
                "IDENFY_API_KEY=hush-key;IDENFY_API_SECRET=hush-secret;IDENFY_WEBHOOK_SECRET=hush",
                "IDENFY_WEBHOOK_SECRET has 4 bytes; it needs at least 16."
            },
            {
                Verification + ";IDENFY_WEBHOOK_SECRET_NEXT=hush",
                "IDENFY_WEBHOOK_SECRET_NEXT has 4 bytes; it needs at least 16."
            },
            {
                Verification + ";IDENFY_ENVIRONMENT=staging",
                "IDENFY_ENVIRONMENT is 'staging'; it must be one of production, demo, test, dev."
            },
            { Verification + ";IDENFY_DEV_MODE=maybe", "IDENFY_DEV_MODE is 'maybe'; it must be one of false, true" },
            {
                Verification + ";IDENFY_DEV_MODE=approved",
                "IDENFY_DEV_MODE is on but IDENFY_ENVIRONMENT is 'production'; made-up results need a dev key."
            },
            {
                "IDENFY_DEV_MODE=true",
                "IDENFY_DEV_MODE is on but IDENFY_API_KEY, IDENFY_API_SECRET and IDENFY_WEBHOOK_SECRET are not all set."
            },
            { Verification + ";IDENFY_API_URL=ftp://ivs.example.org", "IDENFY_API_URL is not an https address" },
            {
                "PUBLIC_BASE_URL=https://portal.example.org;" + Verification + ";IDENFY_API_URL=http://localhost:9941",
                "IDENFY_API_URL is a loopback address while PUBLIC_BASE_URL is public"
            },
        };

    [Theory]
    [MemberData(nameof(VerificationMistakes))]
    public void A_mistake_about_verification_is_named_in_one_sentence(string settings, string named) =>
        ExpectMistake(settings, named);

    [Theory]
    [InlineData(
        "STRIPE_SECRET_KEY=sk_live_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
        "selling needs TERMS_URL, PRIVACY_URL, REFUND_POLICY_URL, SELLER_NAME, SELLER_ADDRESS as well."
    )]
    [InlineData(
        "STRIPE_SECRET_KEY=rk_live_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12;"
            + "TERMS_URL=https://example.org/t;PRIVACY_URL=https://example.org/p;SELLER_NAME=Hero",
        "selling needs REFUND_POLICY_URL, SELLER_ADDRESS as well."
    )]
    [InlineData(
        LivePayments + ";STRIPE_API_URL=https://stripe.example.org",
        "STRIPE_SECRET_KEY is a live key but STRIPE_API_URL is not https://api.stripe.com."
    )]
    [InlineData(
        LivePayments + ";PROVISIONER_DEMO=true",
        "STRIPE_SECRET_KEY is a live key while PROVISIONER_DEMO hands out sample machines; set VM_POOL_JSON."
    )]
    [InlineData(
        LivePayments + ";" + Verification + ";IDENFY_ENVIRONMENT=dev;IDENFY_DEV_MODE=approved",
        "IDENFY_DEV_MODE is on with a live payment key; nobody's identity would be checked."
    )]
    [InlineData(
        LivePayments + ";" + Verification,
        "IDENFY_ENVIRONMENT is not set with a live payment key; say what IDENFY_API_KEY"
    )]
    [InlineData(
        LivePayments + ";" + Verification + ";IDENFY_ENVIRONMENT=demo",
        "IDENFY_ENVIRONMENT is 'demo' with a live payment key; use a production key."
    )]
    [InlineData(
        LivePayments + ";REFUND_POLICY_URL=refunds.html",
        "REFUND_POLICY_URL is 'refunds.html'; it must be an https or mailto link."
    )]
    public void Real_money_allows_no_toys_beside_it(string settings, string named) => ExpectMistake(settings, named);

    private static void ExpectMistake(string settings, string named)
    {
        var (code, output, loaded) = Check(settings);
        var mistake = Assert.Single(loaded.Mistakes);
        Assert.Contains(named, mistake, StringComparison.Ordinal);
        Assert.EndsWith(".", mistake.TrimEnd(')'), StringComparison.Ordinal);
        Assert.Equal(2, code);
        Assert.Contains(mistake, output, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", output, StringComparison.Ordinal);
    }
}

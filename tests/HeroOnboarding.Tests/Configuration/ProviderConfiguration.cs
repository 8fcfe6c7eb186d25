using System.Text.Json;
using HeroOnboarding.Cli;
using HeroOnboarding.Configuration;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Kyc.Idenfy;
using HeroOnboarding.Tests.Cli;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>
/// The providers of money and identity: unset is off, half set or wrong is a sentence, right ones work; and nobody ever
/// sees a secret.
/// </summary>
public sealed class ProviderConfiguration
{
    private const string Stripe = "STRIPE_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12";
    private const string Live = "STRIPE_SECRET_KEY=sk_live_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12;" + Selling;
    private const string Selling =
        "TERMS_URL=https://example.org/t;PRIVACY_URL=https://example.org/p;"
        + "REFUND_POLICY_URL=https://example.org/r;SELLER_NAME=Hero;SELLER_ADDRESS=Road "
        + "1";
    private const string Idenfy =
        "IDENFY_API_KEY=hush-key;IDENFY_API_SECRET=hush-secret;IDENFY_WEBHOOK_SECRET=hush-0123456789abcdef";

    [Theory]
    [InlineData(
        "STRIPE_SECRET_KEY=sk_test_hush",
        "STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SIGNING_KEY is not; set all of"
    )]
    [InlineData(
        "STRIPE_SANDBOX_SECRET_KEY=sk_test_hush",
        "STRIPE_SANDBOX_SECRET_KEY is set but STRIPE_WEBHOOK_SIGNING_KEY is not"
    )]
    [InlineData(
        "STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
        "STRIPE_WEBHOOK_SIGNING_KEY is set but STRIPE_SECRET_KEY is not"
    )]
    [InlineData(
        "STRIPE_WEBHOOK_SIGNING_KEY_NEXT=whsec_hush12",
        "STRIPE_WEBHOOK_SIGNING_KEY_NEXT is set but STRIPE_WEBHOOK_SIGNING_KEY is not."
    )]
    [InlineData(
        "STRIPE_SECRET_KEY=pk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
        "must be a secret or restricted key of Stripe: it starts with sk_test_, sk_live_, rk_test_, rk_live_"
    )]
    [InlineData(
        "STRIPE_SECRET_KEY=sk_test_;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
        "must be a secret or restricted key of Stripe"
    )]
    [InlineData(
        "STRIPE_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=hush-hush-hush",
        "STRIPE_WEBHOOK_SIGNING_KEY must be the signing secret of the webhook endpoint; it starts with whsec_."
    )]
    [InlineData(
        "STRIPE_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush",
        "STRIPE_WEBHOOK_SIGNING_KEY must be the signing secret"
    )]
    [InlineData(
        Stripe + ";STRIPE_WEBHOOK_SIGNING_KEY_NEXT=hush-hush-hush",
        "STRIPE_WEBHOOK_SIGNING_KEY_NEXT must be the signing secret"
    )]
    [InlineData(
        Stripe + ";STRIPE_SANDBOX_SECRET_KEY=sk_test_hush2",
        "STRIPE_SECRET_KEY and STRIPE_SANDBOX_SECRET_KEY are both set and differ; keep the first."
    )]
    [InlineData(
        "STRIPE_SANDBOX_SECRET_KEY=sk_live_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12;" + Selling,
        "STRIPE_SANDBOX_SECRET_KEY is a live key; set it as STRIPE_SECRET_KEY."
    )]
    [InlineData(Stripe + ";STRIPE_API_URL=http://stripe.example.org", "STRIPE_API_URL is not an https address")]
    [InlineData(
        "PUBLIC_BASE_URL=https://portal.example.org;" + Stripe + ";STRIPE_API_URL=http://127.0.0.1:9940",
        "STRIPE_API_URL is a loopback address while PUBLIC_BASE_URL is public"
    )]
    [InlineData("TOPUP_MIN_CENTS=49", "TOPUP_MIN_CENTS is '49'; it must be a whole number from 50 to 100000000.")]
    [InlineData("TOPUP_MAX_CENTS=lots", "TOPUP_MAX_CENTS is 'lots'")]
    [InlineData("TOPUP_MIN_CENTS=501;TOPUP_MAX_CENTS=500", "TOPUP_MIN_CENTS is above TOPUP_MAX_CENTS.")]
    public void A_mistake_about_payments_is_named_in_one_sentence(string settings, string named) =>
        ExpectMistake(settings, named);

    [Theory]
    [InlineData(
        "IDENFY_API_KEY=hush-key",
        "IDENFY_API_KEY is set but IDENFY_API_SECRET and IDENFY_WEBHOOK_SECRET are not; set all of"
    )]
    [InlineData(
        "IDENFY_API_KEY=hush-key;IDENFY_API_SECRET=hush-secret",
        "IDENFY_API_KEY and IDENFY_API_SECRET are set but IDENFY_WEBHOOK_SECRET is not"
    )]
    [InlineData(
        "IDENFY_WEBHOOK_SECRET=hush-0123456789abcdef",
        "IDENFY_WEBHOOK_SECRET is set but IDENFY_API_KEY and IDENFY_API_SECRET are not"
    )]
    [InlineData(
        "IDENFY_WEBHOOK_SECRET_NEXT=hush-0123456789abcdef",
        "IDENFY_WEBHOOK_SECRET_NEXT is set but IDENFY_WEBHOOK_SECRET is not."
    )]
    [InlineData(
        "IDENFY_API_KEY=hush-key;IDENFY_API_SECRET=hush-secret;IDENFY_WEBHOOK_SECRET=hush",
        "IDENFY_WEBHOOK_SECRET has 4 bytes; it needs at least 16."
    )]
    [InlineData(
        Idenfy + ";IDENFY_WEBHOOK_SECRET_NEXT=hush",
        "IDENFY_WEBHOOK_SECRET_NEXT has 4 bytes; it needs at least 16."
    )]
    [InlineData(
        Idenfy + ";IDENFY_ENVIRONMENT=staging",
        "IDENFY_ENVIRONMENT is 'staging'; it must be one of production, demo, test, dev."
    )]
    [InlineData(Idenfy + ";IDENFY_DEV_MODE=maybe", "IDENFY_DEV_MODE is 'maybe'; it must be one of false, true")]
    [InlineData(
        Idenfy + ";IDENFY_DEV_MODE=approved",
        "IDENFY_DEV_MODE is on but IDENFY_ENVIRONMENT is 'production'; made-up results need a dev key."
    )]
    [InlineData(
        "IDENFY_DEV_MODE=true",
        "IDENFY_DEV_MODE is on but IDENFY_API_KEY, IDENFY_API_SECRET and IDENFY_WEBHOOK_SECRET are not all set."
    )]
    [InlineData(Idenfy + ";IDENFY_API_URL=ftp://ivs.example.org", "IDENFY_API_URL is not an https address")]
    [InlineData(
        "PUBLIC_BASE_URL=https://portal.example.org;" + Idenfy + ";IDENFY_API_URL=http://localhost:9941",
        "IDENFY_API_URL is a loopback address while PUBLIC_BASE_URL is public"
    )]
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
        Live + ";STRIPE_API_URL=https://stripe.example.org",
        "STRIPE_SECRET_KEY is a live key but STRIPE_API_URL is not https://api.stripe.com."
    )]
    [InlineData(
        Live + ";PROVISIONER_DEMO=true",
        "STRIPE_SECRET_KEY is a live key while PROVISIONER_DEMO hands out sample machines; set VM_POOL_JSON."
    )]
    [InlineData(
        Live + ";" + Idenfy + ";IDENFY_ENVIRONMENT=dev;IDENFY_DEV_MODE=approved",
        "IDENFY_DEV_MODE is on with a live payment key; nobody's identity would be checked."
    )]
    [InlineData(Live + ";" + Idenfy, "IDENFY_ENVIRONMENT is not set with a live payment key; say what IDENFY_API_KEY")]
    [InlineData(
        Live + ";" + Idenfy + ";IDENFY_ENVIRONMENT=demo",
        "IDENFY_ENVIRONMENT is 'demo' with a live payment key; use a production key."
    )]
    [InlineData(
        Live + ";REFUND_POLICY_URL=refunds.html",
        "REFUND_POLICY_URL is 'refunds.html'; it must be an https or mailto link."
    )]
    public void Real_money_allows_no_toys_beside_it(string settings, string named) => ExpectMistake(settings, named);

    [Theory]
    [InlineData("", false, "operators add credit", false, "operators verify people")]
    [InlineData(
        "STRIPE_API_URL=http://127.0.0.1:9940;IDENFY_API_URL=http://127.0.0.1:9941;IDENFY_DEV_MODE=false",
        false,
        "are not set",
        false,
        "are not set"
    )]
    [InlineData(
        Stripe + ";STRIPE_API_URL=http://127.0.0.1:9940",
        true,
        "Stripe, test mode: no real money.",
        false,
        "are not set"
    )]
    [InlineData(
        Stripe + ";STRIPE_SANDBOX_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY_NEXT=whsec_hush34",
        true,
        "Stripe, test mode",
        false,
        "are not set"
    )]
    [InlineData(
        "STRIPE_SANDBOX_SECRET_KEY=rk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
        true,
        "Stripe, test mode",
        false,
        "are not set"
    )]
    [InlineData(
        Live
            + ";"
            + Idenfy
            + ";IDENFY_ENVIRONMENT=production;IDENFY_WEBHOOK_SECRET_NEXT=hush-fedcba9876543210"
            + ";PUBLIC_BASE_URL=https://portal.example.org;PROVISIONER_DEMO=true;VM_POOL_JSON=[]",
        true,
        "Stripe, live: real money.",
        true,
        "iDenfy."
    )]
    [InlineData(
        Idenfy + ";IDENFY_ENVIRONMENT=dev;IDENFY_DEV_MODE=suspected;IDENFY_API_URL=http://127.0.0.1:9941",
        false,
        "are not set",
        true,
        "iDenfy with made-up results (SUSPECTED)."
    )]
    [InlineData(Idenfy + ";IDENFY_ENVIRONMENT=demo", false, "are not set", true, "iDenfy.")]
    public void What_is_right_is_on_and_what_is_unset_is_off_and_says_why(
        string settings,
        bool payments,
        string aboutPayments,
        bool kyc,
        string aboutKyc
    )
    {
        var (code, output, loaded) = Check(settings);
        Assert.Empty(loaded.Mistakes);
        Assert.Equal((0, payments, kyc), (code, loaded.Get<StripeOptions>().IsOn, loaded.Get<IdenfyOptions>().IsOn));
        foreach (var (name, on, reason) in new[] { ("payments", payments, aboutPayments), ("kyc", kyc, aboutKyc) })
            Assert.Contains(
                Features.All(loaded),
                f =>
                    f.Name == name
                    && f.On == on
                    && f.Reason.Contains(reason, StringComparison.Ordinal)
                    && output.Contains($"{(on ? "on " : "off")}  {name}: {f.Reason}", StringComparison.Ordinal)
            );
        Assert.DoesNotContain("hush", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_signing_keys_of_a_rotation_are_kept_in_order_and_print_as_stars()
    {
        var settings = Check(
            Stripe
                + ";STRIPE_WEBHOOK_SIGNING_KEY_NEXT=whsec_hush34;"
                + Idenfy
                + ";IDENFY_WEBHOOK_SECRET_NEXT=hush-fedcba9876543210"
        ).Settings;
        var (stripe, idenfy) = (settings.Get<StripeOptions>(), settings.Get<IdenfyOptions>());
        Assert.Equal(["whsec_hush12", "whsec_hush34"], stripe.WebhookKeys.Select(k => k.Reveal()));
        Assert.Equal(["hush-0123456789abcdef", "hush-fedcba9876543210"], idenfy.WebhookKeys.Select(k => k.Reveal()));
        Assert.DoesNotContain(
            "hush",
            $"{stripe} {idenfy} {JsonSerializer.Serialize(stripe)} " + $"{JsonSerializer.Serialize(idenfy)}",
            StringComparison.Ordinal
        );
        Assert.All(
            settings.Descriptions.Where(k => settings.IsGiven(k.Name)),
            k => Assert.DoesNotContain("hush", settings.Shown(k.Name) ?? "", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Forms_may_lead_to_the_providers_that_are_on_and_nowhere_else()
    {
        Assert.Empty(Features.FormTargets(Check("").Settings));
        Assert.Equal(
            ["https://checkout.stripe.com", "https://ivs.idenfy.com", "https://ui.idenfy.com"],
            Features.FormTargets(Check(Stripe + ";" + Idenfy).Settings)
        );
        Assert.Equal(
            ["http://127.0.0.1:9940", "http://127.0.0.1:9941"],
            Features.FormTargets(
                Check(
                    Stripe
                        + ";STRIPE_API_URL=http://127.0.0.1:9940;"
                        + Idenfy
                        + ";IDENFY_API_URL=http://127.0.0.1:9941/"
                ).Settings
            )
        );
    }

    [Fact]
    public async Task The_executable_shows_the_providers_without_their_secrets_and_refuses_to_serve_what_is_half_set()
    {
        var whole = Parse(Stripe + ";" + Idenfy);
        var info = (await Executable.RunAsync("info --json", whole)).Expect(0);
        foreach (var name in new[] { "payments", "kyc" })
            Assert.Contains(
                JsonDocument.Parse(info.Output).RootElement.GetProperty("features").EnumerateArray(),
                f => f.GetProperty("name").GetString() == name && f.GetProperty("on").GetBoolean()
            );
        var check = (await Executable.RunAsync("check-config", whole)).Expect(0);
        Assert.Contains("on   payments: Stripe, test mode: no real money.", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "hush",
            info.Output + info.Errors + check.Output + check.Errors,
            StringComparison.Ordinal
        );
        var half = (
            await Executable.RunAsync("serve", Parse("STRIPE_SECRET_KEY=sk_test_hush;IDENFY_API_KEY=hush-key"))
        ).Expect(2);
        Assert.Contains("STRIPE_WEBHOOK_SIGNING_KEY is not", half.Errors, StringComparison.Ordinal);
        Assert.Contains("IDENFY_WEBHOOK_SECRET are not", half.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", half.Output + half.Errors, StringComparison.Ordinal);
    }

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

    private static (int Code, string Output, LoadedOptions Settings) Check(string settings)
    {
        var (loaded, output) = (
            AllOptions.Load(Parse(settings).ToDictionary(s => s.Key, s => (string?)s.Value)),
            new StringWriter()
        );
        return (CommandLine.CheckConfig(loaded, output), output.ToString(), loaded);
    }

    /// <param name="settings">NAME=value, separated by semicolons; a name that is there twice counts as the last
    /// says.</param>
    private static Dictionary<string, string> Parse(string settings) =>
        settings
            .Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Select(s => s.Split('=', 2))
            .GroupBy(s => s[0])
            .ToDictionary(g => g.Key, g => g.Last()[1], StringComparer.Ordinal);
}

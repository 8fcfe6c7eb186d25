using System.Text.Json;
using HeroOnboarding.Credit.Stripe;
using HeroOnboarding.Kyc.Idenfy;
using HeroOnboarding.Tests.Cli;
using HeroOnboarding.Web;
using static HeroOnboarding.Tests.Configuration.ProviderSettings;

namespace HeroOnboarding.Tests.Configuration;

/// <summary>
/// The providers of payments and verification: unset is off, right settings switch them on, and no output shows a
/// secret.
/// </summary>
public sealed class ProviderConfiguration
{
    /// <summary>Settings; payments on, and why; verification on, and why.</summary>
    public static TheoryData<string, bool, string, bool, string> Good { get; } =
        new()
        {
            { "", false, "operators add credit", false, "operators verify people" },
            {
                "STRIPE_API_URL=http://127.0.0.1:9940;IDENFY_API_URL=http://127.0.0.1:9941;IDENFY_DEV_MODE=false",
                false,
                "are not set",
                false,
                "are not set"
            },
            {
                TestPayments + ";STRIPE_API_URL=http://127.0.0.1:9940",
                true,
                "Stripe, test mode: no real money.",
                false,
                "are not set"
            },
            {
                TestPayments + ";STRIPE_SANDBOX_SECRET_KEY=sk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY_NEXT=whsec_hush34",
                true,
                "Stripe, test mode",
                false,
                "are not set"
            },
            {
                "STRIPE_SANDBOX_SECRET_KEY=rk_test_hush;STRIPE_WEBHOOK_SIGNING_KEY=whsec_hush12",
                true,
                "Stripe, test mode",
                false,
                "are not set"
            },
            {
                LivePayments
                    + ";"
                    + Verification
                    + ";IDENFY_ENVIRONMENT=production;IDENFY_WEBHOOK_SECRET_NEXT=hush-fedcba9876543210"
                    + ";PUBLIC_BASE_URL=https://portal.example.org;PROVISIONER_DEMO=true;VM_POOL_JSON=[]",
                true,
                "Stripe, live: real money.",
                true,
                "iDenfy."
            },
            {
                Verification + ";IDENFY_ENVIRONMENT=dev;IDENFY_DEV_MODE=suspected;IDENFY_API_URL=http://127.0.0.1:9941",
                false,
                "are not set",
                true,
                "iDenfy with made-up results (SUSPECTED)."
            },
            { Verification + ";IDENFY_ENVIRONMENT=demo", false, "are not set", true, "iDenfy." },
        };

    [Theory]
    [MemberData(nameof(Good))]
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
            TestPayments
                + ";STRIPE_WEBHOOK_SIGNING_KEY_NEXT=whsec_hush34;"
                + Verification
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
            Features.FormTargets(Check(TestPayments + ";" + Verification).Settings)
        );
        Assert.Equal(
            ["http://127.0.0.1:9940", "http://127.0.0.1:9941"],
            Features.FormTargets(
                Check(
                    TestPayments
                        + ";STRIPE_API_URL=http://127.0.0.1:9940;"
                        + Verification
                        + ";IDENFY_API_URL=http://127.0.0.1:9941/"
                ).Settings
            )
        );
    }

    [Fact]
    public async Task The_executable_shows_the_providers_without_their_secrets_and_refuses_to_serve_what_is_half_set()
    {
        var whole = Parse(TestPayments + ";" + Verification);
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
}

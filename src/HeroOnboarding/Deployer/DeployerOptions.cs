using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using HeroOnboarding.Configuration;
using HeroOnboarding.Web;

namespace HeroOnboarding.Deployer;

/// <summary>Settings of the deployer.</summary>
[Category("Deployer")]
public sealed class DeployerOptions : IFeatureOptions
{
    [ConfigurationKeyName("DEPLOYER_URL"), AllOrNone, VendorUrl]
    [Description("Told at every hand-out (POST /admin/assign-vm) and release (POST /admin/release-vm).")]
    public Uri? Url { get; init; }

    [ConfigurationKeyName("DEPLOYER_SECRET"), AllOrNone, StandardWebhooksSecret]
    [Description("Signs what we tell it: 'whsec_' and base64 of 24 to 64 bytes (Standard Webhooks).")]
    public Secret? Secret { get; init; }

    [ConfigurationKeyName("DEPLOYER_DEADLINE_MINUTES"), DefaultValue("30"), Range(1, 100_000), Unit(TimeUnit.Minutes)]
    [Description(
        "Alarm when a hand-out is not confirmed or a machine not erased after this time; the machine stays out."
    )]
    public TimeSpan Deadline { get; init; }

    [MemberNotNullWhen(true, nameof(Url), nameof(Secret))]
    public bool IsOn => Url is not null && Secret is not null;

    public Feature Feature =>
        new(
            "deployer",
            IsOn,
            IsOn ? "Configured." : "DEPLOYER_URL and DEPLOYER_SECRET are not set; notices are log lines."
        );
}

/// <summary>A signing secret in the form of the Standard Webhooks specification.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class StandardWebhooksSecretAttribute : SettingRuleAttribute
{
    protected override string? Mistake(string name, string text, ValidationContext context)
    {
        const string prefix = "whsec_";
        var raw = new byte[128];
        return
            text.StartsWith(prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[prefix.Length..], raw, out var length)
            && length is >= 24 and <= 64
            ? null
            : $"{name} must be 'whsec_' followed by base64 of 24 to 64 bytes (for example: echo whsec_$(openssl rand "
                + "-base64 32)).";
    }
}

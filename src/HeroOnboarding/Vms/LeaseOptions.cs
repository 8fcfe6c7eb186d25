using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Vms;

/// <summary>Limits of leases, and the interval of auto-release.</summary>
[Category("Limits")]
public sealed class LeaseOptions
{
    [ConfigurationKeyName("HERO_ONBOARDING_AUTO_RELEASE_CRON_INTERVAL_MS"), DefaultValue("3600000"), Category("Plans")]
    [Range(1000, 86_400_000), Unit(TimeUnit.Milliseconds)]
    [Description("How often machines past their expires_at are released, in milliseconds.")]
    public TimeSpan AutoReleaseEvery { get; init; }

    [ConfigurationKeyName("HANDOUTS_PER_SLOT"), DefaultValue("3"), Range(1, 1_000_000)]
    [Description("Hand-outs per machine of a plan in 24 hours, so that one plan cannot drain the pool into wiping.")]
    public int HandoutsPerSlot { get; init; }

    [ConfigurationKeyName("REPLACEMENTS_PER_SLOT"), DefaultValue("1"), Range(0, 1000)]
    [Description(
        "How often per machine of a plan, in 30 days, customers may say 'This machine does not work' and get another "
            + "one."
    )]
    public int ReplacementsPerSlot { get; init; }
}

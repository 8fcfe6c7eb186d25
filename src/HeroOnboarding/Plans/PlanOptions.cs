using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Plans;

/// <summary>Settings of the catalogue and of the end of plans.</summary>
[Category("Plans")]
public sealed class PlanOptions
{
    [ConfigurationKeyName("PLANS_JSON"), PlanList]
    [Description("Replaces the built-in plans: [{\"id\",\"name\",\"price_cents\",\"vm_count\"}]. A plan runs 30 days.")]
    public IReadOnlyList<PlanConfig> Plans { get; init; } = PlanConfig.BuiltIn;

    /// <summary>How long machines are kept after the end of their plan.</summary>
    [ConfigurationKeyName("EXPIRY_GRACE_HOURS"), DefaultValue("72"), Range(0, 720), Unit(TimeUnit.Hours)]
    [Description(
        "How long machines are kept after their plan has ended, in hours; part of the lease's expires_at, and frozen "
            + "when the plan is bought, renewed or upgraded. At most 720."
    )]
    public TimeSpan ExpiryGrace { get; init; }
}

/// <summary>Parses the JSON list of plans.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PlanListAttribute : SettingConverterAttribute
{
    public override object? Convert(string name, string text, ICollection<string> mistakes)
    {
        var (plans, error) = PlanConfig.Parse(text);
        if (error is not null)
            mistakes.Add($"{name}: {error}");
        return plans;
    }
}

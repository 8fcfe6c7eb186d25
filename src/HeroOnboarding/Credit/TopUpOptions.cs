using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Credit;

/// <summary>Limits of a top-up, in US cents.</summary>
[Category("Payments")]
public sealed class TopUpOptions : IValidatableObject
{
    /// <summary>US cents.</summary>
    [ConfigurationKeyName("TOPUP_MIN_CENTS"), DefaultValue("100"), Range(50, 100_000_000)]
    [Description("Least top-up, in US cents. Payment providers take no less than 50.")]
    public int MinCents { get; init; }

    /// <inheritdoc cref="MinCents"/>
    [ConfigurationKeyName("TOPUP_MAX_CENTS"), DefaultValue("100000"), Range(50, 100_000_000)]
    [Description("Most per top-up, in US cents.")]
    public int MaxCents { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var loaded = validationContext.Loaded();
        if (MinCents > MaxCents && !loaded.HasMistake("TOPUP_MIN_CENTS") && !loaded.HasMistake("TOPUP_MAX_CENTS"))
            yield return new("TOPUP_MIN_CENTS is above TOPUP_MAX_CENTS.");
    }
}

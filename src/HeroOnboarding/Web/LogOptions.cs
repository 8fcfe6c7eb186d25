using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>What the log looks like. What it holds is said by .NET's own <c>Logging__LogLevel__…</c>.</summary>
[Category("Log")]
public sealed class LogOptions : IValidatableObject
{
    [ConfigurationKeyName("LOG_FORMAT"), DefaultValue("json"), AllowedValues("json", "text")]
    [Description("'json' or 'text'.")]
    public string Format { get; init; } = null!;

    /// <summary>The host would throw at the first level that it does not know.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        validationContext
            .Loaded()
            .Logging.AsEnumerable()
            .Where(level => IsLevel(level.Key) && level.Value is not null)
            .Where(level => !Enum.GetNames<LogLevel>().Contains(level.Value, StringComparer.OrdinalIgnoreCase))
            .OrderBy(level => level.Key, StringComparer.Ordinal)
            .Select(level => new ValidationResult(
                $"{level.Key.Replace(":", "__", StringComparison.Ordinal)} is '{level.Value}'; it must be one of "
                    + $"{string.Join(", ", Enum.GetNames<LogLevel>())}."
            ));

    /// <summary>Below LogLevel, for all outputs or for one (<c>Logging:Console:LogLevel:Default</c>).</summary>
    private static bool IsLevel(string key) => key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase);
}

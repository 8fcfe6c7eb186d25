using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Web;

/// <summary>The format of the log. Levels are set by .NET's own <c>Logging__LogLevel__…</c>.</summary>
[Category("Log")]
public sealed class LogOptions : IValidatableObject
{
    [ConfigurationKeyName("LOG_FORMAT"), DefaultValue("json"), AllowedValues("json", "text")]
    [Description("'json' or 'text'.")]
    public string Format { get; init; } = null!;

    /// <summary>Checks the levels: the host would throw at the first unknown one.</summary>
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

    /// <summary>
    /// True for a key below LogLevel, for all outputs or for one (<c>Logging:Console:LogLevel:Default</c>).
    /// </summary>
    private static bool IsLevel(string key) => key.Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase);
}

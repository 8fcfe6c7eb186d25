using System.ComponentModel.DataAnnotations;

namespace HeroOnboarding.Configuration;

/// <summary>
/// The properties of a class with this attribute are set together or not at all. None set: the feature is off. Some
/// set: a mistake.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllOrNoneAttribute : Attribute;

/// <summary>A setting that has no effect without another one, such as the second secret of a rotation.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeedsAttribute(string setting) : Attribute
{
    /// <summary>The name of the other setting.</summary>
    public string Setting => setting;
}

/// <summary>An earlier name of the setting. It is read while the current name is unset.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OlderNameAttribute(string name, string meaning) : Attribute
{
    public string Name => name;
    public string Meaning => meaning;
}

/// <summary>For a text: the value <c>@path</c> stands for the content of that file.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OrFileAttribute : Attribute;

/// <summary>
/// The unit of the number of a <see cref="TimeSpan"/> setting, and of its <see cref="RangeAttribute"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UnitAttribute(TimeUnit unit) : Attribute
{
    public TimeUnit Unit => unit;
}

/// <summary>The units of times in settings.</summary>
public enum TimeUnit
{
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
}

/// <summary>Converts the text of a setting to a type of its feature.</summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class SettingConverterAttribute : Attribute
{
    /// <param name="name">The name of the setting, for sentences.</param>
    /// <param name="mistakes">Receives each mistake as a whole sentence that begins with the name.</param>
    /// <returns>Null to leave the property unchanged.</returns>
    public abstract object? Convert(string name, string text, ICollection<string> mistakes);
}

/// <summary>
/// A rule about one setting's text. It is not evaluated while the setting is unset, nor in a feature that is off.
/// </summary>
public abstract class SettingRuleAttribute : ValidationAttribute
{
    public override bool RequiresValidationContext => true;

    /// <param name="value">The text of the setting.</param>
    protected sealed override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var name = validationContext.DisplayName;
        return value is string text && Mistake(name, text, validationContext) is { } mistake
            ? new ValidationResult(mistake, [name])
            : ValidationResult.Success;
    }

    /// <param name="name">The setting, under the name by which it was set.</param>
    /// <returns>The mistake as a whole sentence; null for none.</returns>
    protected abstract string? Mistake(string name, string text, ValidationContext context);
}

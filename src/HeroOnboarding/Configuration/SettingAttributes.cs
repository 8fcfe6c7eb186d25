using System.ComponentModel.DataAnnotations;

namespace HeroOnboarding.Configuration;

/// <summary>
/// The properties of a class with this attribute are set together or not at all. None set: the feature is off. Some
/// set: a mistake.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllOrNoneAttribute : Attribute;

/// <summary>A setting that has no effect without another one: the second secret of a rotation.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeedsAttribute(string setting) : Attribute
{
    /// <summary>The name of the other setting.</summary>
    public string Setting => setting;
}

/// <summary>A name that the setting had before. It is read while the present name is unset.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OlderNameAttribute(string name, string meaning) : Attribute
{
    public string Name => name;
    public string Meaning => meaning;
}

/// <summary>Of a text: a value <c>@path</c> stands for the content of that file.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OrFileAttribute : Attribute;

/// <summary>What the number of a <see cref="TimeSpan"/> counts; its <see cref="RangeAttribute"/> too.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UnitAttribute(TimeUnit unit) : Attribute
{
    public TimeUnit Unit => unit;
}

/// <summary>The units in which settings give times.</summary>
public enum TimeUnit
{
    Milliseconds,
    Seconds,
    Minutes,
    Hours,
}

/// <summary>Makes the value of one property from a text, where its type is the feature's own.</summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class SettingConverterAttribute : Attribute
{
    /// <param name="name">The setting, for sentences.</param>
    /// <param name="mistakes">Takes each mistake as a whole sentence that begins with the name.</param>
    /// <returns>Null leaves the property as it was made.</returns>
    public abstract object? Convert(string name, string text, ICollection<string> mistakes);
}

/// <summary>
/// A rule about one setting's text. It is not asked while the setting has no text, nor in a feature that is off.
/// </summary>
public abstract class SettingRuleAttribute : ValidationAttribute
{
    public override bool RequiresValidationContext => true;

    /// <param name="value">The text as it was set.</param>
    protected sealed override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        var name = validationContext.DisplayName;
        return value is string text && Mistake(name, text, validationContext) is { } mistake
            ? new ValidationResult(mistake, [name])
            : ValidationResult.Success;
    }

    /// <param name="name">The setting, under the name by which it was set.</param>
    /// <returns>The mistake as a whole sentence, or null.</returns>
    protected abstract string? Mistake(string name, string text, ValidationContext context);
}

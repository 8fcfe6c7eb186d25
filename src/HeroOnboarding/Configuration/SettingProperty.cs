using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Reflection;

namespace HeroOnboarding.Configuration;

/// <summary>A property of an options class that a setting fills, as its attributes describe it.</summary>
internal sealed class SettingProperty
{
    /// <summary>Stands for an address that cannot be parsed. The domain never exists (RFC 2606).</summary>
    private static readonly Uri NoAddress = new("https://invalid.invalid");

    private readonly PropertyInfo property;
    private readonly string group;
    private readonly OlderNameAttribute? older;

    /// <param name="name">From its <see cref="ConfigurationKeyNameAttribute"/>.</param>
    /// <param name="group">That of the class, if the property has no <see cref="CategoryAttribute"/>.</param>
    public SettingProperty(PropertyInfo property, string name, string group)
    {
        this.property = property;
        Name = name;
        this.group = Find<CategoryAttribute>()?.Category ?? group;
        older = Find<OlderNameAttribute>();
        Default = (string?)Find<DefaultValueAttribute>()?.Value;
        Needs = Find<NeedsAttribute>()?.Setting;
        AllOrNone = Find<AllOrNoneAttribute>() is not null;
        Rules = [.. property.GetCustomAttributes<SettingRuleAttribute>()];
    }

    public string Name { get; }
    public string? OlderName => older?.Name;
    public string? Default { get; }
    public string? Needs { get; }
    public bool AllOrNone { get; }
    public IReadOnlyList<SettingRuleAttribute> Rules { get; }

    public IEnumerable<SettingDescription> Descriptions
    {
        get
        {
            var secret = property.PropertyType == typeof(Secret);
            yield return new(Name, group, Default, Find<DescriptionAttribute>()?.Description ?? "", secret);
            if (older is not null)
                yield return new(older.Name, group, null, older.Meaning, secret);
        }
    }

    /// <param name="name">The name by which it was set.</param>
    /// <param name="text">Null while it is unset: the default applies, or the initial value of the class.</param>
    public void Fill(object options, string name, string? text, ICollection<string> mistakes)
    {
        if (Default is not null)
            Set(options, Name, Default, mistakes);
        if (text is not null)
            Set(options, name, text, mistakes);
    }

    private void Set(object options, string name, string text, ICollection<string> mistakes)
    {
        if (Convert(name, text, mistakes) is { } value)
            property.SetValue(options, value);
    }

    private object? Convert(string name, string text, ICollection<string> mistakes)
    {
        if (Find<SettingConverterAttribute>() is { } converter)
            return converter.Convert(name, text, mistakes);
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(string))
            return Text(name, text, mistakes);
        if (type == typeof(Secret))
            return new Secret(text);
        if (type == typeof(bool))
            return SettingText.Flag(name, text, mistakes);
        if (type == typeof(int))
            return Number(name, text, mistakes);
        if (type == typeof(TimeSpan))
            return Number(name, text, mistakes) is { } number ? Time(number) : null;
        if (type == typeof(Uri))
            return Uri.TryCreate(text, UriKind.Absolute, out var url) ? url
                : Default is null ? NoAddress
                : null;
        if (type == typeof(IReadOnlyList<IPNetwork>))
            return SettingText.Networks(name, text, mistakes);
        throw new InvalidOperationException(
            $"{property.DeclaringType?.Name}.{property.Name} has a type that no text becomes; give it a converter."
        );
    }

    private string? Text(string name, string text, ICollection<string> mistakes) =>
        Find<AllowedValuesAttribute>() is { } allowed
            ? SettingText.OneOf(name, text, [.. allowed.Values.OfType<string>()], mistakes)
        : Find<OrFileAttribute>() is null ? text
        : SettingText.OrFile(name, text, mistakes);

    private int? Number(string name, string text, ICollection<string> mistakes)
    {
        var range = Find<RangeAttribute>();
        return SettingText.Number(
            name,
            text,
            range is { Minimum: int least } ? least : 0,
            range is { Maximum: int most } ? most : int.MaxValue,
            mistakes
        );
    }

    private TimeSpan Time(int number) =>
        (Find<UnitAttribute>() ?? throw new InvalidOperationException($"{Name} needs a unit.")).Unit switch
        {
            TimeUnit.Milliseconds => TimeSpan.FromMilliseconds(number),
            TimeUnit.Seconds => TimeSpan.FromSeconds(number),
            TimeUnit.Minutes => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromHours(number),
        };

    private T? Find<T>()
        where T : Attribute => property.GetCustomAttribute<T>();
}

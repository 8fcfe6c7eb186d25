using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace HeroOnboarding.Configuration;

/// <summary>
/// An options class: the settings of one feature. Its properties with a <see cref="ConfigurationKeyNameAttribute"/> are
/// settings; its <see cref="CategoryAttribute"/> is their heading.
/// </summary>
internal sealed class OptionsClass
{
    private readonly Type type;
    private readonly IReadOnlyList<SettingProperty> properties;

    public OptionsClass(Type type)
    {
        this.type = type;
        var group = type.GetCustomAttribute<CategoryAttribute>()?.Category ?? "Other";
        properties =
        [
            .. type.GetProperties()
                .OrderBy(p => p.MetadataToken)
                .Select(p =>
                    p.GetCustomAttribute<ConfigurationKeyNameAttribute>() is { } key
                        ? new SettingProperty(p, key.Name, group)
                        : null
                )
                .OfType<SettingProperty>(),
        ];
    }

    public Type Type => type;

    public IEnumerable<SettingDescription> Descriptions => properties.SelectMany(p => p.Descriptions);

    /// <summary>Creates the options object with every value that can be parsed.</summary>
    public object Bind(SettingValues values)
    {
        var options = Activator.CreateInstance(type)!;
        foreach (var property in properties)
        {
            var name = NameOf(property, values);
            property.Fill(options, name, values.Given(name), values.Mistakes);
        }
        return options;
    }

    /// <summary>Validates after all classes are bound: the rules of single settings, then those of the class.</summary>
    /// <param name="all">Other options classes, for rules about the settings of two features.</param>
    public void Validate(object options, SettingValues values, IServiceProvider all)
    {
        foreach (var property in properties)
            CheckNames(property, values);
        if (CheckAllOrNone(values))
            foreach (var property in properties)
                CheckRules(property, options, values, all);
        if (options is IValidatableObject whole)
            foreach (var result in whole.Validate(new ValidationContext(options, type.Name, all, null)))
                values.Mistakes.Add(result.ErrorMessage!);
    }

    private static void CheckNames(SettingProperty property, SettingValues values)
    {
        if (
            property.OlderName is { } older
            && values.Given(older) is { } before
            && values.Given(property.Name) is { } now
            && before != now
        )
            values.Mistakes.Add($"{property.Name} and {older} are both set and differ; keep the first.");
        if (property.Needs is { } other && values.Given(property.Name) is not null && values.Given(other) is null)
            values.Mistakes.Add($"{property.Name} is set but {other} is not.");
    }

    /// <returns>False while the feature is off.</returns>
    private bool CheckAllOrNone(SettingValues values)
    {
        var names = properties.Where(p => p.AllOrNone).Select(p => NameOf(p, values)).ToList();
        var missing = names.Where(n => values.Given(n) is null).ToList();
        if (missing.Count > 0 && missing.Count < names.Count)
            values.Mistakes.Add(
                $"{string.Join(" and ", names.Except(missing))} "
                    + $"{(names.Count - missing.Count == 1 ? "is" : "are")} set but "
                    + $"{string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} not; set all of "
                    + $"{string.Join(", ", names)} or none."
            );
        return missing.Count == 0;
    }

    private static void CheckRules(SettingProperty property, object options, SettingValues values, IServiceProvider all)
    {
        var name = NameOf(property, values);
        if ((values.Given(name) ?? property.Default) is not { } text)
            return;
        var context = new ValidationContext(options, name, all, null);
        foreach (var rule in property.Rules)
            if (rule.GetValidationResult(text, context) is { } wrong)
                values.Mistakes.Add(wrong.ErrorMessage!);
    }

    private static string NameOf(SettingProperty property, SettingValues values) =>
        property.OlderName is { } older && values.Given(property.Name) is null && values.Given(older) is not null
            ? older
            : property.Name;
}

using System.ComponentModel.DataAnnotations;

namespace HeroOnboarding.Configuration;

/// <summary>
/// Every options class, bound and validated once, before the server starts. With any of <see cref="Mistakes"/> it does
/// not start. Classes take the options class that they need as a constructor parameter; this one is for the start, for
/// pages that show all settings, and for rules about the settings of two features.
/// </summary>
public sealed class LoadedOptions : IServiceProvider
{
    private readonly IReadOnlyList<object> all;
    private readonly Dictionary<Type, object> byType;
    private readonly SettingValues values;

    /// <param name="classes">In the order of the documents.</param>
    /// <param name="environment">The environment variables of the process.</param>
    public LoadedOptions(IEnumerable<Type> classes, IReadOnlyDictionary<string, string?> environment)
    {
        var descriptions = classes.Select(c => new OptionsClass(c)).ToList();
        Descriptions = [.. descriptions.SelectMany(c => c.Descriptions)];
        var known = Descriptions.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        values = new SettingValues(environment, known);
        NearMisses = [.. HeroOnboarding.Configuration.NearMisses.Find(environment.Keys, known)];
        all = [.. descriptions.Select(c => c.Bind(values))];
        byType = all.ToDictionary(o => o.GetType());
        foreach (var (description, options) in descriptions.Zip(all))
            description.Validate(options, values, this);
    }

    /// <summary>Every setting with its description.</summary>
    public IReadOnlyList<SettingDescription> Descriptions { get; }

    /// <summary>The mistakes, one sentence each. With any of these the server refuses to start.</summary>
    public IReadOnlyList<string> Mistakes => values.Mistakes;

    /// <summary>
    /// Variables whose names resemble a setting: a warning at the start, a mistake for <c>check-config</c>.
    /// </summary>
    public IReadOnlyList<string> NearMisses { get; }

    /// <summary>The configured log levels, under .NET's own key.</summary>
    public IConfigurationSection Logging => values.Configuration.GetSection("Logging");

    /// <exception cref="InvalidOperationException">There is no such options class.</exception>
    public T Get<T>()
        where T : class =>
        (T?)byType.GetValueOrDefault(typeof(T))
        ?? throw new InvalidOperationException($"{typeof(T).Name} is no options class here.");

    /// <summary>All options that are or implement <typeparamref name="T"/>, in the order of the documents.</summary>
    public IEnumerable<T> All<T>()
        where T : class => all.OfType<T>();

    /// <summary>True when the setting has a value, also for secrets.</summary>
    public bool IsGiven(string name) => values.Given(name) is not null;

    /// <summary>
    /// The text of a setting, or its default while it is unset; null for secrets, which are never shown.
    /// </summary>
    public string? Shown(string name) =>
        Descriptions.FirstOrDefault(d => d.Name == name) is { IsSecret: false } setting
            ? values.Given(name) ?? setting.Default
            : null;

    /// <summary>True when a mistake was found in a setting of this name.</summary>
    public bool HasMistake(string name) =>
        Mistakes.Any(m => m.StartsWith(name, StringComparison.Ordinal) && m[name.Length] is (' ' or ':'));

    /// <summary>Registers each options class, and this object, as a singleton.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(this);
        foreach (var options in all)
            services.AddSingleton(options.GetType(), options);
    }

    object? IServiceProvider.GetService(Type serviceType) =>
        serviceType == typeof(LoadedOptions) ? this : all.FirstOrDefault(serviceType.IsInstanceOfType);
}

/// <summary>Access to other settings for validation rules.</summary>
internal static class ValidationContexts
{
    public static LoadedOptions Loaded(this ValidationContext context) =>
        (LoadedOptions)context.GetService(typeof(LoadedOptions))!;

    public static T Options<T>(this ValidationContext context)
        where T : class => context.Loaded().Get<T>();
}

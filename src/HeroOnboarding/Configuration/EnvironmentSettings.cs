namespace HeroOnboarding.Configuration;

/// <summary>
/// Reads the environment variables that are settings. <c>AddEnvironmentVariables</c> is not used, for two reasons: it
/// would take <c>forge_url</c> for <c>FORGE_URL</c>, which are two variables on Linux, and an empty variable
/// (<c>NAME=${NAME:-}</c> in a Compose file) would hide the file of the same name.
/// </summary>
internal static class EnvironmentSettings
{
    /// <summary>Log levels have .NET's own names, such as <c>Logging__LogLevel__Default</c>, in any case.</summary>
    private const string LoggingPrefix = "Logging__";

    /// <returns>Configuration keys and values: settings by their exact names, and everything about logging.</returns>
    public static Dictionary<string, string?> Read(
        IReadOnlyDictionary<string, string?> environment,
        IReadOnlySet<string> known
    )
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in environment)
            if (!string.IsNullOrWhiteSpace(value))
                if (known.Contains(name))
                    settings[name] = value.Trim();
                else if (IsLogging(name))
                    settings[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] =
                        value.Trim();
        return settings;
    }

    public static bool IsLogging(string name) => name.StartsWith(LoggingPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>The environment variables of this process.</summary>
    public static Dictionary<string, string?> OfProcess() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<System.Collections.DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value, StringComparer.Ordinal);
}

namespace HeroOnboarding.Configuration;

/// <summary>The texts of the settings, and the mistakes found in them, one sentence each.</summary>
internal sealed class SettingValues
{
    /// <param name="environment">The environment variables of the process.</param>
    /// <param name="known">The names of all settings.</param>
    public SettingValues(IReadOnlyDictionary<string, string?> environment, IReadOnlySet<string> known)
    {
        var builder = new ConfigurationBuilder();
        foreach (var folder in new[] { "/run/secrets", environment.GetValueOrDefault("CREDENTIALS_DIRECTORY") })
            if (!string.IsNullOrEmpty(folder) && Directory.Exists(folder))
                builder.AddKeyPerFile(source =>
                {
                    source.FileProvider = new SettingFiles(Path.GetFullPath(folder), known.Contains, Mistakes);
                    source.Optional = true;
                });
        builder.AddInMemoryCollection(EnvironmentSettings.Read(environment, known));
        Configuration = builder.Build();
    }

    /// <summary>
    /// The sources, the one with the highest priority last:
    /// <c>/run/secrets</c>, <c>$CREDENTIALS_DIRECTORY</c>, environment.
    /// </summary>
    public IConfiguration Configuration { get; }

    public List<string> Mistakes { get; } = [];

    /// <returns>The text of the setting, without the line end of a file; null while it is unset.</returns>
    public string? Given(string name) => Configuration[name]?.TrimEnd('\r', '\n');
}

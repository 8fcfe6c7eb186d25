namespace HeroOnboarding.Configuration;

/// <summary>A configuration mistake, as one sentence for the person who can mend it.</summary>
public sealed class SettingsException(string message) : Exception(message);

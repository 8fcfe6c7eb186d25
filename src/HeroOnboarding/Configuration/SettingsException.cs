namespace HeroOnboarding.Configuration;

/// <summary>A configuration mistake, as one sentence for the operator who can correct it.</summary>
public sealed class SettingsException(string message) : Exception(message);

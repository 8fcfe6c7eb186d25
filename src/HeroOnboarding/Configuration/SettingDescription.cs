namespace HeroOnboarding.Configuration;

/// <summary>
/// The description of one setting: its name, its default, and what it does. <c>docs/configuration.md</c> and Admin →
/// Setup are generated from these, and these from the attributes of the options classes.
/// </summary>
/// <param name="Group">Its heading.</param>
/// <param name="Default">The text that applies while it is unset; null for none.</param>
/// <param name="IsSecret">Its value is never shown or logged.</param>
public sealed record SettingDescription(
    string Name,
    string Group,
    string? Default,
    string Meaning,
    bool IsSecret = false
);

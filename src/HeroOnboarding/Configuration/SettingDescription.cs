namespace HeroOnboarding.Configuration;

/// <summary>
/// One setting: its name, what it means when unset, and what it does. <c>docs/configuration.md</c> and Admin → Setup
/// are generated from these, and these from the attributes of the options classes.
/// </summary>
/// <param name="Group">The heading under which it stands.</param>
/// <param name="Default">The text that counts while it is unset; null for none.</param>
/// <param name="IsSecret">Its value is never shown or logged.</param>
public sealed record SettingDescription(
    string Name,
    string Group,
    string? Default,
    string Meaning,
    bool IsSecret = false
);

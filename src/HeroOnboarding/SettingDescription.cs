namespace HeroOnboarding;

/// <summary>
/// One setting: its name, what it means when unset, and what it does. <c>docs/configuration.md</c> is generated from
/// these.
/// </summary>
public sealed record SettingDescription(
    string Name,
    string Group,
    string? Default,
    string Meaning,
    bool IsSecret = false
);

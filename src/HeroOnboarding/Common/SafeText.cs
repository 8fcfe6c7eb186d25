namespace HeroOnboarding.Common;

/// <summary>Removes characters that make a text look like another one.</summary>
public static class SafeText
{
    /// <summary>True for characters that change the direction of the surrounding text or are invisible.</summary>
    public static bool IsDeceiving(char c) =>
        c
            is '\u200e'
                or '\u200f'
                or (>= '\u202a' and <= '\u202e')
                or (>= '\u2066' and <= '\u2069')
                or '\u061c'
                or '\ufeff'
                or '\u200b'
                or '\u2060'
                or '\u2028'
                or '\u2029';

    /// <summary>The text without such characters; control characters stay.</summary>
    public static string WithoutDeceiving(string text) =>
        text.Any(IsDeceiving) ? string.Concat(text.Where(c => !IsDeceiving(c))) : text;

    /// <summary>Removes control characters and those of <see cref="IsDeceiving"/>.</summary>
    public static string Clean(string text) =>
        text.Any(IsUnwanted) ? string.Concat(text.Where(c => !IsUnwanted(c))) : text;

    /// <summary>Control characters, and those of <see cref="IsDeceiving"/>.</summary>
    public static bool IsUnwanted(char c) => char.IsControl(c) || IsDeceiving(c);
}

using System.Globalization;
using System.Net;

namespace HeroOnboarding.Configuration;

/// <summary>
/// Parses the common types of settings. Each method adds a sentence for every mistake, and returns null for a text that
/// cannot be parsed.
/// </summary>
internal static class SettingText
{
    private static readonly string[] Flags = ["false", "true", "0", "1", "no", "yes"];

    public static bool? Flag(string name, string text, ICollection<string> mistakes) =>
        OneOf(name, text, Flags, mistakes) is { } flag ? flag is "true" or "1" or "yes" : null;

    /// <returns>The text in lower case.</returns>
    public static string? OneOf(
        string name,
        string text,
        IReadOnlyCollection<string> allowed,
        ICollection<string> mistakes
    )
    {
        var lower = text.ToLowerInvariant();
        if (allowed.Contains(lower))
            return lower;
        mistakes.Add($"{name} is '{text}'; it must be one of {string.Join(", ", allowed)}.");
        return null;
    }

    public static int? Number(string name, string text, int least, int most, ICollection<string> mistakes)
    {
        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= least
            && number <= most
        )
            return number;
        mistakes.Add($"{name} is '{text}'; it must be a whole number from {least} to {most}.");
        return null;
    }

    /// <summary>Parses addresses and networks, separated by commas.</summary>
    public static IReadOnlyList<IPNetwork> Networks(string name, string text, ICollection<string> mistakes)
    {
        var networks = new List<IPNetwork>();
        foreach (var part in Parts(text))
            if (IPNetwork.TryParse(part, out var network))
                networks.Add(network);
            else if (IPAddress.TryParse(part, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else
                mistakes.Add($"{name} has '{part}', which is neither an address nor a network such as 10.0.0.0/8.");
        return networks;
    }

    /// <summary>The parts between commas, without surrounding blanks.</summary>
    public static string[] Parts(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The text, or the content of the file after an @.</summary>
    public static string? OrFile(string name, string text, ICollection<string> mistakes)
    {
        if (!text.StartsWith('@'))
            return text;
        try
        {
            return File.ReadAllText(text[1..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            mistakes.Add($"{name}: cannot read the file '{text[1..]}'.");
            return null;
        }
    }
}

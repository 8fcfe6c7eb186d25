using System.Net;
using System.Text.RegularExpressions;

namespace HeroOnboarding.Tests.Support;

/// <summary>Reads headers, forms and text from the HTML of a page.</summary>
public static partial class Markup
{
    /// <summary>The text of each column header, in order; a visually hidden one counts as empty.</summary>
    public static IReadOnlyList<string> Headers(string html) =>
        [
            .. HeaderCells()
                .Matches(html)
                .Select(m =>
                    m.Groups[1].Value.Contains("class=\"hidden\"", StringComparison.Ordinal)
                        ? ""
                        : Text(m.Groups[1].Value)
                ),
        ];

    public static IReadOnlyList<string> Forms(string html) => [.. FormElements().Matches(html).Select(m => m.Value)];

    /// <summary>The fields of the form with this action, as a browser would send them untouched.</summary>
    public static Dictionary<string, string> Fields(string html, string action) =>
        InputElements()
            .Matches(Forms(html).First(f => f.Contains($"action=\"{action}\"", StringComparison.Ordinal)))
            .Select(m => m.Value)
            .ToDictionary(i => Attribute(i, "name"), i => WebUtility.HtmlDecode(Attribute(i, "value")));

    /// <summary>The text without tags, decoded, with single spaces.</summary>
    public static string Text(string html) =>
        Spaces().Replace(WebUtility.HtmlDecode(Tags().Replace(html, " ")), " ").Trim();

    private static string Attribute(string tag, string name) =>
        Regex.Match(tag, $"\\b{name}=\"([^\"]*)\"").Groups[1].Value;

    [GeneratedRegex("<th\\b[^>]*>(.*?)</th>", RegexOptions.Singleline)]
    private static partial Regex HeaderCells();

    [GeneratedRegex("<form\\b.*?</form>", RegexOptions.Singleline)]
    private static partial Regex FormElements();

    [GeneratedRegex("<input\\b[^>]*>")]
    private static partial Regex InputElements();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}

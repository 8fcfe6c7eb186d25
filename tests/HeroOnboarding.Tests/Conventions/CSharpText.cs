using System.Text;

namespace HeroOnboarding.Tests.Conventions;

/// <summary>
/// Reads as much of C# as is needed to measure code: strings, characters and comments become spaces (lines stay), and
/// brackets give the structure.
/// </summary>
internal sealed class CSharpText
{
    private readonly string text;
    private readonly StringBuilder code;
    private int at;

    private CSharpText(string text) => (this.text, code) = (text, new StringBuilder(text.Length));

    /// <summary>The text with spaces in place of all that is not code.</summary>
    public static string CodeOf(string text)
    {
        var reader = new CSharpText(text);
        while (reader.at < text.Length)
            reader.Next();
        return reader.code.ToString();
    }

    /// <summary>
    /// Members with parameters (methods, constructors, operators) directly inside types: their first words and how many
    /// lines they span.
    /// </summary>
    public static IEnumerable<(string Header, int Lines)> Methods(string text)
    {
        var code = CodeOf(text);
        // What each open bracket belongs to: 't' a type or namespace, 'm' a member's body, 'x' something inside an
        // expression body.
        var open = new Stack<char>();
        var (start, depth) = (0, 0);
        for (var i = 0; i < code.Length; i++)
        {
            depth +=
                code[i] is '(' or '[' ? 1
                : code[i] is ')' or ']' ? -1
                : 0;
            var inType = depth == 0 && open.All(o => o == 't');
            if (code[i] == '{')
                open.Push(
                    inType && IsType(code[start..i]) ? 't'
                    : inType && code[start..i].Contains("=>", StringComparison.Ordinal) ? 'x'
                    : 'm'
                );
            if (code[i] == '{' && open.Peek() == 't')
                start = i + 1;
            if (
                !(code[i] == ';' && inType)
                && !(
                    code[i] == '}'
                    && open.TryPop(out var closed)
                    && depth == 0
                    && closed != 'x'
                    && open.All(o => o == 't')
                )
            )
                continue;
            if (Measure(code[start..(i + 1)]) is { } method)
                yield return method;
            start = i + 1;
        }
    }

    private static bool IsType(string header) =>
        System.Text.RegularExpressions.Regex.IsMatch(header, @"\b(class|struct|interface|record|enum|namespace)\b")
        && !header.Contains("=>", StringComparison.Ordinal);

    private static (string Header, int Lines)? Measure(string member)
    {
        var signature = member.Split(["=>", "{", "="], 2, StringSplitOptions.None)[0];
        var isMethod =
            signature.Contains('(', StringComparison.Ordinal) && member.AsSpan(signature.Length).ContainsAny('{', '=');
        // Attributes above a method, such as the rows of a table test, are not its body.
        var lines = member
            .Trim()
            .Split('\n')
            .Select(l => l.Trim())
            .SkipWhile(l => l.Length == 0 || (l[0] == '[' && l[^1] == ']'))
            .ToList();
        return isMethod ? (lines[0], lines.Count) : null;
    }

    private void Next()
    {
        var rest = text.AsSpan(at);
        if (rest.StartsWith("//"))
            BlankUntil(text.IndexOf('\n', at) is var end and >= 0 ? end : text.Length);
        else if (rest.StartsWith("/*"))
            BlankUntil(text.IndexOf("*/", at + 2, StringComparison.Ordinal) + 2);
        else if (rest[0] == '\'' && CharacterEnd() is { } last)
            BlankUntil(last);
        else if (StringStart() is { } quote)
            String(quote);
        else
            code.Append(text[at++]);
    }

    private int? CharacterEnd()
    {
        var end = text[at + 1] == '\\' ? text.IndexOf('\'', at + 3) : text.IndexOf('\'', at + 2);
        return end > 0 && end - at <= 8 ? end + 1 : null;
    }

    /// <summary>Where the opening quote stands when a string begins here with its prefixes ($, @).</summary>
    private int? StringStart()
    {
        var i = at;
        while (i < text.Length && text[i] is '$' or '@')
            i++;
        return i < text.Length && text[i] == '"' ? i : null;
    }

    private void String(int quote)
    {
        var prefix = text[at..quote];
        var quotes = text.AsSpan(quote).IndexOfAnyExcept('"') is var run and >= 0 ? run : text.Length - quote;
        if (quotes >= 3)
        {
            var end = text.IndexOf(new string('"', quotes), quote + quotes, StringComparison.Ordinal) + quotes;
            while (end < text.Length && text[end] == '"')
                end++;
            BlankUntil(end);
            return;
        }
        BlankUntil(
            Plain(
                quote + 1,
                prefix.Contains('$', StringComparison.Ordinal),
                prefix.Contains('@', StringComparison.Ordinal)
            )
        );
    }

    /// <summary>
    /// The end of a string that began before <paramref name="i"/>; the holes of interpolated ones may hold strings
    /// again.
    /// </summary>
    private int Plain(int i, bool holes, bool verbatim)
    {
        var depth = 0;
        for (; i < text.Length; i++)
        {
            if (depth == 0 && text[i] == '\\' && !verbatim)
                i++;
            else if (depth == 0 && text[i] == '"' && verbatim && text[i + 1] == '"')
                i++;
            else if (depth == 0 && text[i] == '"')
                return i + 1;
            else if (holes && text[i] == '{' && depth == 0 && text[i + 1] == '{')
                i++;
            else if (holes && text[i] == '{')
                depth++;
            else if (depth > 0 && text[i] == '}')
                depth--;
            else if (depth > 0 && text[i] == '\'' && text[i + 2] == '\'')
                i += 2;
            else if (depth > 0 && text[i] == '"')
                i = Plain(i + 1, text[i - 1] == '$', text[i - 1] == '@') - 1;
        }
        return i;
    }

    private void BlankUntil(int end)
    {
        for (; at < end && at < text.Length; at++)
            code.Append(text[at] == '\n' ? '\n' : ' ');
    }
}

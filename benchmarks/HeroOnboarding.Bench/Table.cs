namespace HeroOnboarding.Bench;

/// <summary>Rows under headings, as a Markdown table that is also readable on a terminal.</summary>
internal sealed class Table(params string[] headings)
{
    private readonly List<string[]> rows = [];

    public void Add(params string[] cells) => rows.Add(cells);

    public override string ToString()
    {
        var all = rows.Prepend(headings).ToList();
        var widths = headings.Select((_, i) => all.Max(r => r[i].Length)).ToArray();
        string Line(string[] cells) =>
            "| "
            + string.Join(" | ", cells.Select((c, i) => IsNumber(i) ? c.PadLeft(widths[i]) : c.PadRight(widths[i])))
            + " |";
        var rule =
            "|"
            + string.Join(
                '|',
                widths.Select((w, i) => IsNumber(i) ? new string('-', w + 1) + ":" : new string('-', w + 2))
            )
            + "|";
        return string.Join('\n', [Line(headings), rule, .. rows.Select(Line)]);
    }

    private bool IsNumber(int column) =>
        rows.Count > 0 && rows.All(r => r[column].Length == 0 || r[column] == "–" || char.IsDigit(r[column][0]));
}

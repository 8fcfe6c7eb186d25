using HeroOnboarding.Admin.Access;
using HeroOnboarding.Admin.Customers;
using HeroOnboarding.Store;
using HeroOnboarding.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace HeroOnboarding.Admin;

/// <summary>The query of a list: search, filters, order, cursor, size.</summary>
/// <param name="Sort">A name of <see cref="ListOf{TRow}.Sorts"/>, preceded by a minus for descending.</param>
public sealed record ListQuery(
    string? Q,
    IReadOnlyDictionary<string, string> Filters,
    string Sort,
    Order Order,
    string? After,
    int Size
)
{
    public const int PageSize = 50;
    public const int MostRows = 200;

    public string? Filter(string name) => Filters.GetValueOrDefault(name);

    /// <summary>
    /// The search as a LIKE pattern for lower-case text, with <c>%</c>, <c>_</c> and the escape character escaped.
    /// </summary>
    public string Pattern =>
        "%"
        + (Q ?? "")
            .ToLowerInvariant()
            .Replace(Escape, Escape + Escape, StringComparison.Ordinal)
            .Replace("%", Escape + "%", StringComparison.Ordinal)
            .Replace("_", Escape + "_", StringComparison.Ordinal)
        + "%";

    public const string Escape = "\\";

    /// <summary>
    /// True when a search or filter applies, so that an empty list says "nothing found" and not "nothing yet".
    /// </summary>
    public bool IsNarrowed => Q is not null || Filters.Count > 0;

    /// <summary>The address of the same list in another order or after another row.</summary>
    public string Href(string path, string? sort = null, string? after = null)
    {
        var query = Filters.ToDictionary(f => f.Key, f => (string?)f.Value);
        query["q"] = Q;
        query["sort"] = sort ?? Sort;
        query["after"] = after;
        query["size"] = Size == PageSize ? null : Size.ToString();
        return QueryHelpers.AddQueryString(path, query.Where(p => p.Value is not null));
    }
}

/// <summary>One list: its queries and how its rows are found, for the page and its JSON route.</summary>
/// <param name="Path">Path of the page.</param>
/// <param name="Sorts">Name of each order and the row's property behind it; the first is the default.</param>
/// <param name="Filters">Name of each filter and its values; null for any text.</param>
public sealed record ListOf<TRow>(
    string Path,
    IReadOnlyList<(string Name, string Property)> Sorts,
    IReadOnlyDictionary<string, string[]?> Filters,
    Func<OnboardingDb, ListQuery, CancellationToken, Task<Outcome<PageOf<TRow>>>> FindAsync,
    bool NewestFirst = true
)
{
    /// <summary>Removes from a row what this reader may not see.</summary>
    public Func<System.Security.Claims.ClaimsPrincipal, TRow, TRow>? Veil { get; init; }

    /// <summary>Orders for operators only: the order of rows reveals the values by which it sorts.</summary>
    public IReadOnlyCollection<string> ConfidentialSorts { get; init; } = [];

    /// <summary>True when the rows are customers' data: a read then writes an access row to the audit.</summary>
    public bool IsOfCustomers { get; init; }

    /// <summary>
    /// Finds the rows as this reader may see them, after the access row was written if the list needs one.
    /// </summary>
    public async Task<Outcome<PageOf<TRow>>> FindForAsync(HttpContext http, OnboardingDb db, ListQuery asked)
    {
        var found = await FindAsync(db, asked, http.RequestAborted);
        if (found.IsRefused)
            return found;
        if (IsOfCustomers)
            await NoteAccess.OfListAsync(http, Path, asked, found.Value.Rows.Count);
        return Veil is null ? found : found.Value.As(row => Veil(http.User, row));
    }

    /// <summary>True when the list has a search (<c>q</c>).</summary>
    public bool IsSearched { get; init; } = true;

    /// <summary>For the API description: the query parameters.</summary>
    public IEnumerable<RequestParameter> Parameters =>
        [
            .. IsSearched
                ? [new RequestParameter("q", "Text to look for.") { Longest = LongestText }]
                : Array.Empty<RequestParameter>(),
            .. Filters.Select(f => new RequestParameter(f.Key, $"Only rows with this {f.Key}.", f.Value)
            {
                Longest = f.Value is null ? LongestText : null,
            }),
            new(
                "sort",
                "Order; with a minus in front descending.",
                [.. Sorts.SelectMany(s => new[] { s.Name, "-" + s.Name })]
            )
            {
                Default = (NewestFirst ? "-" : "") + Sorts[0].Name,
            },
            new("size", "Rows of a page.")
            {
                Bounds = (1, ListQuery.MostRows),
                Default = ListQuery.PageSize.ToString(),
            },
            new("after", "'next' of the page before."),
        ];

    private IEnumerable<(string Name, string Property)> SortsOf(System.Security.Claims.ClaimsPrincipal reader) =>
        reader.Has(OperatorRole.Operator) ? Sorts : Sorts.Where(s => !ConfidentialSorts.Contains(s.Name));

    private const int LongestText = 100;

    /// <summary>
    /// Reads the query string. Unknown names are ignored; wrong values, and orders that this reader may not use, are
    /// refused by name.
    /// </summary>
    public Outcome<ListQuery> Read(HttpContext http)
    {
        var (query, sorts) = (http.Request.Query, SortsOf(http.User).ToList());
        var sort = Text(query, "sort") ?? (NewestFirst ? "-" : "") + Sorts[0].Name;
        var property = sorts.FirstOrDefault(s => s.Name == sort.TrimStart('-')).Property;
        if (property is null || sort.StartsWith("--", StringComparison.Ordinal))
            return Wrong(
                $"'sort' must be one of {string.Join(", ", sorts.Select(s => s.Name))}, with a minus in "
                    + "front for descending."
            );
        var filters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in Filters)
        {
            if (Text(query, name) is not { } text)
                continue;
            var value = values is null
                ? text
                : values.FirstOrDefault(v => v.Equals(text, StringComparison.OrdinalIgnoreCase));
            if (value is null)
                return Wrong($"'{name}' must be one of {string.Join(", ", values!)}.");
            filters[name] = value;
        }
        var size = Text(query, "size");
        if (!int.TryParse(size ?? ListQuery.PageSize.ToString(), out var rows) || rows is < 1 or > ListQuery.MostRows)
            return Wrong($"'size' must be a whole number from 1 to {ListQuery.MostRows}.");
        var tooLong = filters
            .Append(new("q", Text(query, "q") ?? ""))
            .FirstOrDefault(f => f.Value.Length > LongestText)
            .Key;
        if (tooLong is not null)
            return Wrong($"'{tooLong}' is longer than {LongestText} characters.");
        return new ListQuery(
            Text(query, "q"),
            filters,
            sort,
            new(property, sort[0] == '-'),
            query["after"].ToString() is { Length: > 0 } after ? after : null,
            rows
        );
    }

    /// <summary>Answers the rows as JSON: <c>rows</c>, and <c>next</c> if there are more.</summary>
    public async Task<IResult> AnswerAsync(HttpContext http, Database database)
    {
        var asked = Read(http);
        if (asked.IsRefused)
            return asked.Refusal.ToResult();
        await using var db = database.Read();
        return (await FindForAsync(http, db, asked.Value)).ToResult();
    }

    private static string? Text(IQueryCollection query, string name) =>
        SafeText.Clean(query[name].ToString()).Trim() is { Length: > 0 } text ? text : null;

    private static Refusal Wrong(string what) => Refusals.QueryInvalid with { Detail = what };
}

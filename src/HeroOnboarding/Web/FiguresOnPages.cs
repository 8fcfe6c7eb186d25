using System.Globalization;
using Microsoft.AspNetCore.Html;

namespace HeroOnboarding.Web;

/// <summary>Passes the figures of a refusal in the query string of a page, and formats them there.</summary>
internal static class FiguresOnPages
{
    /// <summary>One billion dollars in micro-dollars; larger amounts in an address are ignored.</summary>
    private const long Bound = 1_000_000_000 * Money.MicrosPerDollar;

    private const string Prefix = "refused_";

    /// <summary>The sentence for pages; null when the refusal has no sentence for these values.</summary>
    public static IHtmlContent? Html(this Refusal refusal)
    {
        if (refusal.Figures is not { } figures)
            return null;
        if (refusal.Sentence?.Invoke(figures)?.Split(RefusalFigures.Instant) is not [var first, .. var rest])
            return null;
        var html = new HtmlContentBuilder().Append(first);
        foreach (var part in rest)
            html.AppendHtml(Show.Time(figures.At)).Append(part);
        return html;
    }

    /// <summary>The values as query parameters of a page; null values are omitted.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> ToQuery(this RefusalFigures figures) =>
        Values(figures)
            .Where(v => v.Value is not null)
            .Select(v => KeyValuePair.Create(Prefix + v.Name, v.Value?.ToString(CultureInfo.InvariantCulture)));

    /// <summary>
    /// Reads what <see cref="ToQuery"/> wrote. A value that is not an integer in range counts as absent.
    /// </summary>
    public static RefusalFigures Read(IQueryCollection query)
    {
        long? Number(string name, long least, long most) =>
            long.TryParse(query[Prefix + name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)
            && n >= least
            && n <= most
                ? n
                : null;
        long? Amount(string name) => Number(name, 0, Bound);
        var at = Number("at", 0, Instants.ToMicros(DateTimeOffset.MaxValue));
        return new(
            Amount("price"),
            Number("balance", -Bound, Bound),
            Amount("least"),
            Amount("most"),
            at is { } micros ? Instants.FromMicros(micros) : null,
            Number("has", 0, long.MaxValue),
            Number("needs", 0, long.MaxValue)
        );
    }

    private static (string Name, long? Value)[] Values(RefusalFigures figures) =>
        [
            ("price", figures.Price),
            ("balance", figures.Balance),
            ("least", figures.Least),
            ("most", figures.Most),
            ("at", figures.At is { } at ? Instants.ToMicros(at) : null),
            ("has", figures.Has),
            ("needs", figures.Needs),
        ];

    /// <summary>
    /// The refusal with which a form returned to this page, with the typed values of its detail; null without one.
    /// </summary>
    public static Refusal? ReturnedRefusal(this HttpContext http) =>
        http.RequestServices.GetRequiredService<RefusalCatalog>().Find(http.Request.Query["refused"]) is { } refusal
            ? refusal with
            {
                Figures = Read(http.Request.Query),
            }
            : null;
}

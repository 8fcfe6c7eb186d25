using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Html;

namespace HeroOnboarding.Web;

/// <summary>
/// Formats instants on pages: exact UTC on hover. On customers' pages site.js shows the reader's zone and its name;
/// operators' pages and receipts stay in UTC, so that one page has one zone. Text beside them that contains an instant
/// uses these elements too, never <see cref="Utc"/>.
/// </summary>
public static class Show
{
    /// <summary>"14 Dec 2026, 10:20 UTC" inside a <c>time</c> element.</summary>
    public static IHtmlContent Time(DateTimeOffset? t) =>
        t is null
            ? new HtmlString("—")
            : Element(t.Value, t.Value.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture), "time");

    /// <summary>"14 Dec 2026, 10:20 UTC" as text that always stays in UTC, for what is printed and kept.</summary>
    public static string Utc(DateTimeOffset t) => Instants.Utc(t);

    /// <summary>
    /// "14 Dec, 10:20" for dense tables of operators, whose pages state that times are UTC; with the year if it is not
    /// the current one.
    /// </summary>
    public static IHtmlContent Stamp(DateTimeOffset? t, DateTimeOffset now) =>
        t is null || t.Value.UtcDateTime.Year != now.UtcDateTime.Year
            ? Time(t)
            : Element(t.Value, t.Value.UtcDateTime.ToString("d MMM, HH:mm", CultureInfo.InvariantCulture), "stamp");

    /// <summary>"10:20 UTC".</summary>
    public static IHtmlContent Clock(DateTimeOffset t) =>
        Element(t, t.ToString("HH:mm 'UTC'", CultureInfo.InvariantCulture), "clock");

    /// <summary>"14 Dec 2026".</summary>
    public static IHtmlContent Date(DateTimeOffset? t) =>
        t is null
            ? new HtmlString("—")
            : Element(t.Value, t.Value.ToString("d MMM yyyy", CultureInfo.InvariantCulture), "date");

    /// <summary>Plain text, encoded.</summary>
    public static IHtmlContent Text(string text) => new HtmlContentBuilder().Append(text);

    /// <summary>A sentence around an instant.</summary>
    public static IHtmlContent Around(string before, DateTimeOffset t, string after) =>
        new HtmlContentBuilder().Append(before).AppendHtml(Time(t)).Append(after);

    /// <summary>
    /// The detail of a refusal, with its instant as a <c>time</c> element; without a detail the next step.
    /// </summary>
    public static IHtmlContent Detail(Refusal refusal) => refusal.Html() ?? Text(refusal.Detail ?? refusal.Next);

    /// <summary>
    /// "asha …9c1e": name and the last four characters of the address, for headers; for an address without a name
    /// only these four.
    /// </summary>
    public static string Who(ClaimsPrincipal user)
    {
        var (name, end) = (user.FindFirstValue(ClaimNames.Name) ?? "", user.FindFirstValue(ClaimNames.AddressEnd));
        return end is null ? name
            : name.EndsWith(end[1..], StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal) ? end
            : $"{name} {end}";
    }

    /// <inheritdoc cref="Words.Away"/>
    public static string Away(DateTimeOffset t, DateTimeOffset now) => Words.Away(t, now);

    /// <inheritdoc cref="Words.Span"/>
    public static string Span(TimeSpan span) => Words.Span(span);

    /// <inheritdoc cref="Words.Count"/>
    public static string Count(long n, string one) => Words.Count(n, one);

    // The text consists of digits and fixed words, none of it from users.
    private static HtmlString Element(DateTimeOffset t, string text, string form) =>
        new(
            $"<time datetime=\"{t.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffffZ}\" "
                + $"title=\"{t.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}"
                + $"\" data-form=\"{form}\">{text}</time>"
        );
}

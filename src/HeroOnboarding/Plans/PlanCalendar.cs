using System.Globalization;
using System.Text;
using HeroOnboarding.Web;

namespace HeroOnboarding.Plans;

/// <summary>
/// The end of a plan as an iCalendar file (RFC 5545), with alarms 7, 3 and 1 days before. A file that is downloaded
/// after a renewal moves the same event.
/// </summary>
public static class PlanCalendar
{
    /// <summary>The longest content line in octets; longer ones are folded.</summary>
    private const int LineOctets = 75;

    public static string Of(Purchase plan, Uri portal, DateTimeOffset now)
    {
        var machines = Show.Count(plan.VmCount, "machine");
        var text = new StringBuilder();
        void Line(string line) => text.Append(Fold(line));
        Line("BEGIN:VCALENDAR");
        Line("VERSION:2.0");
        Line("PRODID:-//Hero Onboarding//Plan//EN");
        Line("METHOD:PUBLISH");
        Line("BEGIN:VEVENT");
        Line($"UID:plan-{plan.Sid}@{portal.Host}");
        Line("SEQUENCE:" + plan.Renewals.ToString(CultureInfo.InvariantCulture));
        Line("DTSTAMP:" + Stamp(now));
        Line("DTSTART:" + Stamp(plan.PeriodEnd));
        Line("SUMMARY:" + Escape($"Your plan of {machines} ends"));
        Line(
            "DESCRIPTION:"
                + Escape(
                    plan.Expiry > plan.PeriodEnd
                        ? "All machines of this plan end together. They are kept until "
                            + $"{Show.Utc(plan.Expiry)}, then erased; there are no backups.\nRenew "
                            + $"before: {new Uri(portal, "/plan")}"
                        : "All machines of this plan end together and are erased; there are no "
                            + $"backups.\nRenew before: {new Uri(portal, "/plan")}"
                )
        );
        Line("URL:" + new Uri(portal, "/plan"));
        Line("TRANSP:TRANSPARENT");
        foreach (var days in OfferNotices.Days)
        {
            Line("BEGIN:VALARM");
            Line("ACTION:DISPLAY");
            Line($"TRIGGER:-P{days}D");
            Line("DESCRIPTION:" + Escape($"Your plan of {machines} ends in {Show.Count(days, "day")}"));
            Line("END:VALARM");
        }
        Line("END:VEVENT");
        Line("END:VCALENDAR");
        return text.ToString();
    }

    /// <summary>Escapes backslash, semicolon, comma and line break, which have a meaning in a text value.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace(";", "\\;", StringComparison.Ordinal)
            .Replace(",", "\\,", StringComparison.Ordinal)
            .ReplaceLineEndings("\\n");

    /// <summary>
    /// The line with its CRLF. After 75 octets it is continued after CRLF and a space, never in the middle
    /// of a character.
    /// </summary>
    public static string Fold(string line)
    {
        var (folded, used) = (new StringBuilder(), 0);
        foreach (var rune in line.EnumerateRunes())
        {
            if (used + rune.Utf8SequenceLength > LineOctets)
            {
                folded.Append("\r\n ");
                used = 1;
            }
            folded.Append(rune);
            used += rune.Utf8SequenceLength;
        }
        return folded.Append("\r\n").ToString();
    }

    private static string Stamp(DateTimeOffset t) =>
        t.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
}

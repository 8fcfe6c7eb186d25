using System.Globalization;

namespace HeroOnboarding.Common;

/// <summary>Formats numbers and durations as words.</summary>
public static class Words
{
    /// <summary>"in 21 days", "3 hours ago".</summary>
    public static string Away(DateTimeOffset t, DateTimeOffset now)
    {
        var span = t - now;
        var text = Span(span.Duration());
        return span >= TimeSpan.Zero ? "in " + text : text + " ago";
    }

    /// <summary>"21 days" (to the nearest), "47 hours", "2 minutes", "a moment".</summary>
    public static string Span(TimeSpan span) =>
        span.TotalDays >= 2 ? $"{Math.Round(span.TotalDays)} days"
        : span.TotalHours >= 2 ? $"{(int)span.TotalHours} hours"
        : span.TotalMinutes >= 2 ? $"{(int)span.TotalMinutes} minutes"
        : "a moment";

    /// <summary>"1 machine", "5 machines".</summary>
    public static string Count(long n, string one) =>
        n == 1 ? $"1 {one}" : string.Create(CultureInfo.InvariantCulture, $"{n:N0} {one}s");
}

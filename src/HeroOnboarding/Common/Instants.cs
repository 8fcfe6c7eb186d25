using System.Globalization;

namespace HeroOnboarding.Common;

/// <summary>
/// Instants are Unix microseconds (<c>bigint</c>) on both databases: EF Core on SQLite can neither compare nor
/// sort a stored <see cref="DateTimeOffset"/>, and PostgreSQL stores microseconds. Expired means strictly
/// before now, everywhere.
/// </summary>
public static class Instants
{
    /// <summary>
    /// The clock's time, truncated to whole microseconds, so that compared and stored instants are equal.
    /// </summary>
    public static DateTimeOffset Now(this TimeProvider clock) => FromMicros(ToMicros(clock.GetUtcNow()));

    /// <summary>True strictly after <paramref name="t"/>; at the exact microsecond it has not expired.</summary>
    public static bool Expired(DateTimeOffset t, DateTimeOffset now) => t < now;

    public static long ToMicros(DateTimeOffset t) =>
        (t.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicros(long micros) =>
        DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    /// <summary>"14 Dec 2026, 10:20 UTC".</summary>
    public static string Utc(DateTimeOffset t) =>
        t.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);
}

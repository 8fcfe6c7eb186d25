using System.Globalization;

namespace HeroOnboarding.Common;

/// <summary>Money is whole micro-dollars (<c>long</c>): 1 cent = 10,000. Floating point is never used.</summary>
public static class Money
{
    public const long MicrosPerCent = 10_000;
    public const long MicrosPerDollar = 100 * MicrosPerCent;

    public static long FromCents(long cents) => checked(cents * MicrosPerCent);

    /// <summary>Whole cents, rounded down (towards minus infinity), as in members <c>…_cents</c>.</summary>
    public static long Cents(long micros) => Math.DivRem(micros, MicrosPerCent, out var rest) - (rest < 0 ? 1 : 0);

    /// <summary>Whole cents, rounded up: the payment after which nothing is missing.</summary>
    public static long CentsUp(long micros) => Cents(micros + MicrosPerCent - 1);

    /// <summary>The same, in micro-dollars.</summary>
    public static long RoundUp(long micros) => FromCents(CentsUp(micros));

    /// <summary>"$13.42", "−$0.10": always two decimals, rounded down.</summary>
    public static string Show(long micros)
    {
        var cents = Cents(micros);
        var size = (UInt128)(cents < 0 ? -(Int128)cents : cents);
        var text = string.Create(CultureInfo.InvariantCulture, $"${(ulong)(size / 100):N0}.{(ulong)(size % 100):00}");
        return cents < 0 ? "−" + text : text;
    }

    /// <summary>
    /// "1342.50": the form in which amounts are entered, as <see cref="ParseDollars"/> reads it. Not
    /// for negative amounts.
    /// </summary>
    public static string Typed(long micros) =>
        string.Create(CultureInfo.InvariantCulture, $"{Cents(micros) / 100}.{Cents(micros) % 100:00}");

    /// <summary>Like <see cref="Show"/>, with a plus sign before a positive amount.</summary>
    public static string ShowSigned(long micros) => micros > 0 ? "+" + Show(micros) : Show(micros);

    /// <summary>
    /// Like <see cref="Show"/>, but with every micro-dollar if whole cents are not exact: "$0.012345".
    /// </summary>
    public static string ShowExact(long micros)
    {
        if (micros % MicrosPerCent == 0)
            return Show(micros);
        var size = (UInt128)(micros < 0 ? -(Int128)micros : micros);
        return (micros < 0 ? "−" : "")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"${(ulong)(size / MicrosPerDollar):N0}.{(ulong)(size % MicrosPerDollar):000000}"
            );
    }

    /// <summary>
    /// Parses dollars as entered: "12", "12.5" or "12.50"; null for any other text and for negative amounts.
    /// </summary>
    public static long? ParseDollars(string? text)
    {
        text = text?.Trim() is ['$', .. var bare] ? bare : text?.Trim();
        if (string.IsNullOrEmpty(text) || text.Length > 12)
            return null;
        var parts = text.Split('.');
        var cents =
            parts is [_, { Length: > 0 } typed] ? typed.PadRight(2, '0')
            : parts.Length == 1 ? "00"
            : "";
        return
            parts.Length <= 2
            && parts[0].Length is > 0 and <= 9
            && cents.Length == 2
            && parts[0].All(char.IsAsciiDigit)
            && cents.All(char.IsAsciiDigit)
            ? FromCents(long.Parse(parts[0] + cents, CultureInfo.InvariantCulture))
            : null;
    }
}

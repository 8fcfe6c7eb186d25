using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace HeroOnboarding.Store;

/// <summary>
/// How our words are written in the store and on the wire: snake_case, and the original's capitals for allocation
/// states.
/// </summary>
public static class Names
{
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>
    /// The stored text of an enum value; <see cref="Vms.AllocationStatus"/> keeps the original's capital letter.
    /// </summary>
    public static string Of<T>(T value)
        where T : struct, Enum =>
        typeof(T) == typeof(Vms.AllocationStatus) ? value.ToString() : Snake(value.ToString());

    public static T Parse<T>(string text)
        where T : struct, Enum => Enum.Parse<T>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    /// <summary>At most so many characters, never half of a surrogate pair: PostgreSQL takes no halves.</summary>
    public static string Cut(string text, int most) =>
        text.Length <= most ? text
        : char.IsHighSurrogate(text[most - 1]) ? text[..(most - 1)]
        : text[..most];

    private static readonly Lock Order = new();
    private static UInt128 last = (UInt128)RandomNumberGenerator.GetInt32(int.MaxValue) << 48;

    /// <summary>
    /// A new 26-character ULID: sortable by time, alphanumeric, safe in URLs and vendors' references. Within one
    /// process each random part is
    /// above the one before, so that rows of one instant sort as they were written.
    /// </summary>
    public static string NewSid(DateTimeOffset now)
    {
        Span<byte> random = stackalloc byte[16];
        lock (Order)
        {
            last += (UInt128)RandomNumberGenerator.GetInt32(1, int.MaxValue);
            BinaryPrimitives.WriteUInt128BigEndian(random, last);
        }
        return Ulid.NewUlid(now, random[6..]).ToString();
    }

    /// <summary>Characters of a sid.</summary>
    internal const int SidLength = 26;

    /// <summary>True when the text could be one of our sids; anything else is answered like an unknown one.</summary>
    public static bool IsSid(string? text) => text is { Length: SidLength } && text.All(char.IsAsciiLetterOrDigit);
}

internal sealed class EnumTextConverter<T>() : ValueConverter<T, string>(v => Names.Of(v), t => Names.Parse<T>(t))
    where T : struct, Enum;

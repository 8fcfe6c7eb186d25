using System.Buffers.Binary;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HeroOnboarding.Common;

/// <summary>
/// How our words are written in the store and on the wire: snake_case.
/// </summary>
public static class Names
{
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>
    /// The stored text of an enum value: snake_case, or what <see cref="JsonStringEnumMemberNameAttribute"/> says.
    /// </summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Words<T>.Texts.GetValueOrDefault(value) ?? Snake(value.ToString());

    private static class Words<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> Texts = Enum.GetValues<T>()
            .ToDictionary(
                v => v,
                v =>
                    typeof(T).GetField(v.ToString())!.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name
                    ?? Snake(v.ToString())
            );
    }

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

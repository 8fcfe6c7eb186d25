using System.Buffers.Binary;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HeroOnboarding.Common;

/// <summary>Names in the store and in JSON: snake_case. Also creates sids.</summary>
public static class Names
{
    public static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>
    /// The stored text of an enum value: snake_case, or the name
    /// given by <see cref="JsonStringEnumMemberNameAttribute"/>.
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

    /// <summary>
    /// Truncates to this many characters, never within a surrogate pair: PostgreSQL refuses half of one.
    /// </summary>
    public static string Cut(string text, int most) =>
        text.Length <= most ? text
        : char.IsHighSurrogate(text[most - 1]) ? text[..(most - 1)]
        : text[..most];

    private static readonly Lock Order = new();
    private static UInt128 last = (UInt128)RandomNumberGenerator.GetInt32(int.MaxValue) << 48;

    /// <summary>
    /// A new 26-character ULID: sortable by time, alphanumeric, safe in URLs and vendors' references. Within
    /// one process each random part is greater than the one before, so that rows of one instant sort in the
    /// order of their creation.
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

    /// <summary>The length of a sid in characters.</summary>
    internal const int SidLength = 26;

    /// <summary>True when the text has the form of a sid; any other text is answered like an unknown sid.</summary>
    public static bool IsSid(string? text) => text is { Length: SidLength } && text.All(char.IsAsciiLetterOrDigit);
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HeroOnboarding.Configuration;

namespace HeroOnboarding.Kyc.Idenfy;

/// <summary>
/// iDenfy's callback (iDenfy documentation, "Webhooks" and "Callback signing"). Only the references, the client id, the
/// verdict, codes and times are read; names, documents, dates and addresses of photos are not. The body does not name
/// its event; <c>final</c> and <c>status.overall</c> determine the kind.
/// </summary>
public static partial class IdenfyCallback
{
    public const string Header = "Idenfy-Signature";

    private const int MostReasons = 8;

    /// <summary>
    /// A real check takes at least this time. Results that iDenfy makes up for a dev key (<c>dummyStatus</c>) start and
    /// finish at the same time.
    /// </summary>
    internal static readonly TimeSpan ShortestCheck = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The portal's own reason code, in addition to iDenfy's: an approval with a production key that took less than
    /// <see cref="ShortestCheck"/>.
    /// </summary>
    public const string NotChecked = "RESULT_WITHOUT_CHECK";

    private static readonly string[] Lists = ["denyReasons", "suspicionReasons", "fraudTags", "mismatchTags"];
    private static readonly string[] Looks = ["manualDocument", "autoDocument", "manualFace", "autoFace"];
    private static readonly string[] Passed = ["DOC_VALIDATED", "FACE_MATCH"];

    /// <summary>HMAC-SHA256 of the raw body, as lower-case hexadecimal.</summary>
    public static string Sign(Secret key, ReadOnlySpan<byte> body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Reveal()), body));

    /// <summary>True when the signature was made with one of the keys. The comparison takes constant time.</summary>
    public static bool IsGenuine(IReadOnlyList<Secret> keys, string? signature, ReadOnlySpan<byte> body)
    {
        if (signature is not { Length: 64 })
            return false;
        var given = Encoding.UTF8.GetBytes(signature);
        var genuine = false;
        foreach (var key in keys)
            genuine |= CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(Sign(key, body)));
        return genuine;
    }

    /// <summary>Parses a body whose signature was verified. Members may be null, absent or of other types.</summary>
    /// <param name="production">
    /// The key is configured as a production key. The callback does not name its environment, but its times show
    /// whether a person was checked: an approval that took less than <see cref="ShortestCheck"/> becomes suspected, and
    /// an operator decides.
    /// </param>
    /// <returns>Null when the body is malformed or its status changes nothing.</returns>
    public static Verdict? Parse(byte[] body, bool production = false)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (
                Text(root, "scanRef") is not { } scanRef
                || Text(root, "clientId") is not { } clientId
                || !IdenfyVerifier.Reference().IsMatch(scanRef)
                || !IdenfyVerifier.Reference().IsMatch(clientId)
            )
                return null;
            var status = Member(root, "status");
            if (
                Text(status, "overall") is not { } overall
                || !Word().IsMatch(overall)
                || KindOf(overall, Flag(root, "final"), HasDoubts(root, status)) is not { } kind
            )
                return null;
            var given = Text(root, "externalRef");
            var own = given is not null && IdenfyVerifier.Reference().IsMatch(given) ? given : null;
            var finished = Time(root, "finishTime");
            var verdict = new Verdict(
                IdenfyVerifier.ProviderName,
                scanRef,
                clientId,
                own,
                kind,
                overall,
                Reasons(status),
                finished
            );
            return production && IsMadeUp(root, verdict)
                ? verdict with
                {
                    Kind = VerdictKind.Suspected,
                    Reasons = [.. verdict.Reasons, NotChecked],
                }
                : verdict;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// <c>final: true</c> marks a decision. EXPIRED and similar states come with <c>final</c> null or absent. Its value
    /// for CANCELLED is not documented.
    /// </summary>
    private static VerdictKind? KindOf(string overall, bool? final, bool doubts) =>
        overall switch
        {
            "EXPIRED" or "EXPIRED-DELETED" or "DELETED" or "ARCHIVED" or "CANCELLED" or "CANCELED" => VerdictKind.Ended,
            "APPROVED" or "DENIED" or "SUSPECTED" when final != true => VerdictKind.Progress,
            "APPROVED" => doubts ? VerdictKind.Suspected : VerdictKind.Approved,
            "SUSPECTED" => VerdictKind.Suspected,
            "DENIED" => VerdictKind.Denied,
            "REVIEWING" => VerdictKind.Progress,
            // ACTIVE: the customer has not finished; nothing has changed.
            _ => null,
        };

    /// <summary>
    /// Any fraud or mismatch tag, and suspicions about the identity, but not about the quality of the pictures.
    /// </summary>
    private static bool HasDoubts(JsonElement root, JsonElement status) =>
        Texts(status, "fraudTags").Any()
        || Texts(status, "mismatchTags").Any()
        || Texts(status, "suspicionReasons").Any(r => Person().IsMatch(r))
        || IsListed(root, "AML")
        || IsListed(root, "LID");

    private static bool IsListed(JsonElement root, string list) =>
        Items(root, list).Any(check => Flag(Member(check, "status"), "serviceSuspected") == true);

    private static IReadOnlyList<string> Reasons(JsonElement status) =>
        [
            .. Lists
                .SelectMany(list => Texts(status, list))
                .Concat(Looks.Select(look => Text(status, look)).OfType<string>().Except(Passed))
                .Where(code => Code().IsMatch(code))
                .Distinct(StringComparer.Ordinal)
                .Take(MostReasons),
        ];

    private static bool IsMadeUp(JsonElement root, Verdict verdict) =>
        verdict is { Kind: VerdictKind.Approved, At: { } end }
        && Time(root, "startTime") is { } start
        && end - start < ShortestCheck;

    private static DateTimeOffset? Time(JsonElement root, string member) =>
        Member(root, member) is { ValueKind: JsonValueKind.Number } value
        && value.TryGetInt64(out var seconds)
        && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static bool? Flag(JsonElement json, string member) =>
        Member(json, member).ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

    private static string? Text(JsonElement json, string member) =>
        Member(json, member) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static IEnumerable<string> Texts(JsonElement json, string member) =>
        Items(json, member).Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!);

    private static IEnumerable<JsonElement> Items(JsonElement json, string member) =>
        Member(json, member) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    private static JsonElement Member(JsonElement json, string member) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(member, out var value) ? value : default;

    [GeneratedRegex(@"^[A-Z0-9_]{1,64}\z")]
    internal static partial Regex Code();

    [GeneratedRegex(@"^[A-Z0-9_-]{1,32}\z")]
    private static partial Regex Word();

    [GeneratedRegex("DUPLICATE|BLACKLIST|AML|LID|PEP|SANCTION|WATCH", RegexOptions.IgnoreCase)]
    private static partial Regex Person();
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>The body of a token call: its rules and its echo (iDenfy, generate token).</summary>
internal static class IdenfyTokenRequest
{
    /// <summary>The default of <c>expiryTime</c> in seconds.</summary>
    public const int ExpiryTime = 3600;

    /// <summary>The default of <c>sessionLength</c> in seconds.</summary>
    public const int SessionLength = 600;

    public const string TokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private const string Bad = "BAD_VALUE";
    private static readonly string[] Names = ["firstName", "lastName"];
    private static readonly string[] Urls = ["successUrl", "errorUrl", "unverifiedUrl", "callbackUrl"];
    private static readonly string[] Dates = ["dateOfBirth", "dateOfExpiry", "dateOfIssue"];
    private static readonly string[] Documents = ["ID_CARD", "PASSPORT", "RESIDENCE_PERMIT", "DRIVER_LICENSE", "OTHER"];
    private static readonly string[] DummyStatuses = ["APPROVED", "DENIED", "SUSPECTED", "EXPIRED"];

    /// <summary>Why the body is refused; null if it is not.</summary>
    public static IdenfyError? Refusal(JsonElement body, IdenfyEnvironment environment)
    {
        if (!Has(body, "clientId", out var clientId))
            return new IdenfyError(400, "MISSING_VALUE", "Missing value: clientId");
        if (
            clientId.ValueKind != JsonValueKind.String
            || clientId.GetString() is not { Length: >= 1 and <= 100 } id
            || !id.All(char.IsAscii)
        )
            return Wrong("clientId", "1 to 100 ASCII characters");
        return Names
                .Select(name =>
                    Text(
                        body,
                        name,
                        1,
                        100,
                        text => text.All(letter => char.IsLetter(letter) || letter == ' '),
                        "letters only"
                    )
                )
                .FirstOrDefault(Found)
            ?? Urls.Select(url => Text(body, url, 5, 2048, IsWebAddress, "an address of 5 to 2048 characters"))
                .FirstOrDefault(Found)
            ?? Dates.Select(date => Text(body, date, 10, 10, IsDate, "YYYY-MM-DD")).FirstOrDefault(Found)
            ?? Text(body, "nationality", 2, 2, text => text.All(char.IsAsciiLetter), "an alpha-2 code")
            ?? Text(body, "externalRef", 1, 40, _ => true, "at most 40 characters")
            ?? Whole(body, "expiryTime", 1, int.MaxValue)
            ?? Whole(body, "sessionLength", 60, 3600)
            ?? Flag(body, "generateDigitString")
            ?? List(body, "documents", Documents)
            ?? Dummy(body, environment);
    }

    /// <summary>A whole number of the body; null when it is absent.</summary>
    public static int? Number(JsonElement body, string member) =>
        Has(body, member, out var value) ? value.GetInt32() : null;

    /// <summary>The answer: every field of the request, names in upper case, and the new members.</summary>
    public static JsonObject Echo(IdenfyScan scan, Uri address, bool dummy)
    {
        var echo = JsonObject.Create(scan.Request)!;
        foreach (var name in Names)
        {
            if (echo[name] is { } given)
                echo[name] = given.GetValue<string>().ToUpperInvariant();
        }
        echo["message"] = dummy ? "Dummy verification created successfully" : "Token created successfully";
        echo["authToken"] = scan.AuthToken;
        echo["scanRef"] = scan.ScanRef;
        echo["clientId"] = scan.ClientId;
        echo["digitString"] = scan.DigitString;
        echo["expiryTime"] = (int)scan.ExpiryTime.TotalSeconds;
        echo["sessionLength"] = (int)scan.SessionLength.TotalSeconds;
        echo["tokenType"] ??= "IDENTIFICATION";
        echo["redirectUrl"] = new Uri(address, $"/api/v2/redirect?authToken={scan.AuthToken}").AbsoluteUri;
        return echo;
    }

    private static bool Has(JsonElement body, string member, out JsonElement value) =>
        body.TryGetProperty(member, out value) && value.ValueKind != JsonValueKind.Null;

    private static bool Found(IdenfyError? error) => error is not null;

    private static IdenfyError Wrong(string member, string rule) =>
        new(400, Bad, $"Bad value: {member} must be {rule}");

    private static IdenfyError? Text(
        JsonElement body,
        string member,
        int least,
        int most,
        Func<string, bool> fits,
        string rule
    )
    {
        if (!Has(body, member, out var value))
            return null;
        var good =
            value.ValueKind == JsonValueKind.String
            && value.GetString() is { } text
            && text.Length >= least
            && text.Length <= most
            && fits(text);
        return good ? null : Wrong(member, rule);
    }

    private static IdenfyError? Whole(JsonElement body, string member, int least, int most)
    {
        if (!Has(body, member, out var value))
            return null;
        var good =
            value.ValueKind == JsonValueKind.Number
            && value.TryGetInt32(out var number)
            && number >= least
            && number <= most;
        return good ? null : Wrong(member, most == int.MaxValue ? $"at least {least}" : $"{least} to {most}");
    }

    private static IdenfyError? Flag(JsonElement body, string member) =>
        Has(body, member, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            ? Wrong(member, "true or false")
            : null;

    private static IdenfyError? List(JsonElement body, string member, string[] allowed)
    {
        if (!Has(body, member, out var value))
            return null;
        var good =
            value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() > 0
            && value
                .EnumerateArray()
                .All(entry => entry.ValueKind == JsonValueKind.String && allowed.Contains(entry.GetString()));
        return good ? null : Wrong(member, $"a list of {string.Join(", ", allowed)}");
    }

    private static IdenfyError? Dummy(JsonElement body, IdenfyEnvironment environment)
    {
        if (!Has(body, "dummyStatus", out _))
            return null;
        if (environment == IdenfyEnvironment.Development)
            return Text(body, "dummyStatus", 1, 30, DummyStatuses.Contains, string.Join(", ", DummyStatuses));
        var partners = environment == IdenfyEnvironment.Demonstration ? "DEMO" : "TESTING/PRODUCTION";
        return new IdenfyError(400, "PERMISSIONS_ERROR", $"This endpoint is not available for {partners} partners.");
    }

    private static bool IsWebAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https";

    private static bool IsDate(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}

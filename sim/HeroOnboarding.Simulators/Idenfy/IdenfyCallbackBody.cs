using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// The body of a callback with all members of a real one: the verdict, the whole document, addresses of photos (iDenfy,
/// webhooks). It is indented and has letters beyond ASCII, so that its signature is valid for these bytes only and not
/// for JSON that was serialized again. It does not contain the name of the event.
/// </summary>
internal static class IdenfyCallbackBody
{
    /// <summary>The host in the addresses of photos; it does not exist.</summary>
    public const string PhotoHost = "photos.simulated-idenfy.invalid";

    /// <summary>The client address of the check (a documentation address, RFC 5737).</summary>
    public const string ClientIp = "192.0.2.77";

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Of(IdenfyScan scan, IdenfyVerdict verdict, bool withoutFinal)
    {
        var looked = verdict.AutoDocument is not null;
        var body = new JsonObject
        {
            ["final"] = verdict.Final,
            ["platform"] = "PC",
            ["status"] = Status(verdict),
            ["data"] = Data(looked ? scan.Document : null),
            ["fileUrls"] = looked ? Photos(scan) : new JsonObject(),
            ["additionalStepPdfUrls"] = new JsonObject(),
            ["AML"] = looked
                ? new JsonArray(
                    Check("AML", "PilotApiAmlV2", verdict.SuspicionReasons.Contains(IdenfyVerdict.WatchList))
                )
                : null,
            ["LID"] = looked ? new JsonArray(Check("LID", "IrdInvalidPapers", suspected: false)) : null,
            ["scanRef"] = scan.ScanRef,
            ["externalRef"] = scan.ExternalRef,
            ["clientId"] = scan.ClientId,
            ["companyId"] = null,
            ["beneficiaryId"] = null,
            ["startTime"] = scan.StartedAt?.ToUnixTimeSeconds() ?? (looked ? scan.CreatedAt.ToUnixTimeSeconds() : null),
            ["finishTime"] = scan.FinishedAt?.ToUnixTimeSeconds(),
            ["clientIp"] = ClientIp,
            ["clientIpCountry"] = scan.Document.Country,
            ["clientLocation"] = "Simulated, Nowhere",
            ["registryCenterCheck"] = null,
        };
        if (withoutFinal && verdict.Final is null)
            body.Remove("final");
        return body.ToJsonString(Indented);
    }

    private static JsonObject Status(IdenfyVerdict verdict) =>
        new()
        {
            ["overall"] = verdict.Overall,
            ["suspicionReasons"] = Texts(verdict.SuspicionReasons),
            ["denyReasons"] = Texts(verdict.DenyReasons),
            ["fraudTags"] = Texts(verdict.FraudTags),
            ["mismatchTags"] = Texts(verdict.MismatchTags),
            ["autoFace"] = verdict.AutoFace,
            ["manualFace"] = verdict.ManualFace,
            ["autoDocument"] = verdict.AutoDocument,
            ["manualDocument"] = verdict.ManualDocument,
            ["additionalSteps"] = null,
        };

    private static JsonObject Data(IdenfyDocument? document) =>
        new()
        {
            ["docFirstName"] = document?.FirstName,
            ["docLastName"] = document?.LastName,
            ["docNumber"] = document?.Number,
            ["docPersonalCode"] = document?.PersonalCode,
            ["docExpiry"] = document is null ? null : $"{document.Expiry:yyyy-MM-dd}",
            ["docDob"] = document is null ? null : $"{document.BirthDate:yyyy-MM-dd}",
            ["docDateOfIssue"] = document is null ? null : $"{document.Expiry.AddYears(-10):yyyy-MM-dd}",
            ["docType"] = document is null ? null : "PASSPORT",
            ["docSex"] = document is null ? null : "FEMALE",
            ["docNationality"] = document?.Country,
            ["docIssuingCountry"] = document?.Country,
            ["docTemporaryAddress"] = null,
            ["docBirthName"] = null,
            ["birthPlace"] = document?.BirthPlace,
            ["authority"] = null,
            ["address"] = document?.Address,
            ["fullName"] = document is null ? null : $"{document.FirstName} {document.LastName}",
            ["selectedCountry"] = document?.Country,
            ["orgFirstName"] = document?.FirstName,
            ["orgLastName"] = document?.LastName,
            ["orgBirthPlace"] = document?.BirthPlace,
            ["orgAddress"] = document?.Address,
            ["mothersMaidenName"] = null,
            ["driverLicenseCategory"] = null,
            ["manuallyDataChanged"] = document is null ? null : false,
            ["ageEstimate"] = document is null ? null : "OVER_25",
            ["clientIpProxyRiskLevel"] = document is null ? null : "LOW",
            ["duplicateFaces"] = null,
            ["duplicateDocFaces"] = null,
            ["additionalData"] = new JsonObject(),
            ["manualAddress"] = null,
            ["manualAddressMatch"] = null,
            ["addressVerification"] = null,
        };

    private static JsonObject Photos(IdenfyScan scan)
    {
        var photos = new JsonObject();
        foreach (var photo in (string[])["FRONT", "FACE"])
            photos[photo] =
                $"https://{PhotoHost}/{scan.ScanRef}/{photo}.png?Signature=simulated&"
                + $"Expires={scan.FinishedAt?.AddHours(1).ToUnixTimeSeconds()}";
        return photos;
    }

    private static JsonObject Check(string group, string service, bool suspected) =>
        new()
        {
            ["status"] = new JsonObject
            {
                ["serviceSuspected"] = suspected,
                ["checkSuccessful"] = true,
                ["serviceFound"] = true,
                ["serviceUsed"] = true,
                ["overallStatus"] = suspected ? "SUSPECTED" : "NOT_SUSPECTED",
            },
            ["data"] = new JsonArray(),
            ["serviceName"] = service,
            ["serviceGroupType"] = group,
            ["uid"] = "SIMULATEDCHECK00000000001",
            ["errorMessage"] = null,
        };

    private static JsonArray Texts(IReadOnlyList<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>The result of a check, in iDenfy's terms (iDenfy, vocabulary).</summary>
/// <param name="Overall"><c>status.overall</c> of the callback.</param>
public sealed record IdenfyVerdict(string Overall)
{
    private const string DocumentPassed = "DOC_VALIDATED";
    private const string FacePassed = "FACE_MATCH";

    // Any other tag of a suspected check is a fraud tag.
    private static readonly HashSet<string> MismatchNames =
    [
        "NAME",
        "SURNAME",
        "DOB",
        "EXPIRY",
        "DOI",
        "DOC_NUMBER",
        "PERSONAL_CODE",
        "NATIONALITY",
        "SEX",
        "ADDRESS",
        "ISSUING_COUNTRY",
    ];
    private static readonly HashSet<string> SuspicionNames =
    [
        "FACE_SUSPECTED",
        "FACE_BLACKLISTED",
        "DOC_FACE_BLACKLISTED",
        "DOC_MOBILE_PHOTO",
        "DEV_TOOLS_OPENED",
        "DOC_PRINT_SPOOFED",
        "FAKE_PHOTO",
        WatchList,
        "AML_FAILED",
        "LID_SUSPECTION",
        "LID_FAILED",
        "AUTO_UNVERIFIABLE",
    ];

    /// <summary>The suspicion reason for a match on a watch list.</summary>
    public const string WatchList = "AML_SUSPECTION";

    /// <summary>Reasons of a denial: states of the document, then of the face.</summary>
    public static IReadOnlyList<string> DenyReasonNames { get; } =
    [
        "DOC_EXPIRED",
        "DOC_NOT_FOUND",
        "DOC_TOO_BLURRY",
        "DOC_FAKE",
        "DOC_INFO_MISMATCH",
        "COUNTRY_MISMATCH",
        "FACE_MISMATCH",
        "NO_FACE_FOUND",
        "TOO_MANY_FACES",
        "FAKE_FACE",
    ];

    /// <summary>Document and face passed.</summary>
    public static IdenfyVerdict Approved { get; } =
        new("APPROVED") { AutoDocument = DocumentPassed, AutoFace = FacePassed };

    /// <summary>The link or the session ran out.</summary>
    public static IdenfyVerdict Expired { get; } = new("EXPIRED") { Final = null };

    /// <summary>False while a manual verdict is pending; null for EXPIRED and CANCELLED.</summary>
    public bool? Final { get; init; } = true;

    /// <summary>The automatic result for the document; null without one.</summary>
    public string? AutoDocument { get; init; }

    /// <summary>The automatic result for the face.</summary>
    public string? AutoFace { get; init; }

    /// <summary>The manual result for the document; null without one.</summary>
    public string? ManualDocument { get; init; }

    /// <summary>The manual result for the face.</summary>
    public string? ManualFace { get; init; }

    /// <summary>For example <c>DUPLICATE_FACE</c>.</summary>
    public IReadOnlyList<string> FraudTags { get; init; } = [];

    /// <summary>For example <c>NAME</c>.</summary>
    public IReadOnlyList<string> MismatchTags { get; init; } = [];

    /// <summary>For example <see cref="WatchList"/>.</summary>
    public IReadOnlyList<string> SuspicionReasons { get; init; } = [];

    /// <summary>For example <c>DOC_EXPIRED</c>.</summary>
    public IReadOnlyList<string> DenyReasons { get; init; } = [];

    /// <summary>The check failed.</summary>
    /// <param name="reason">A state of the document or of the face, see <see cref="DenyReasonNames"/>.</param>
    public static IdenfyVerdict Denied(string reason = "DOC_EXPIRED") =>
        new("DENIED")
        {
            AutoDocument = OfFace(reason) ? DocumentPassed : reason,
            AutoFace = OfFace(reason) ? reason : FacePassed,
            DenyReasons = [reason],
        };

    /// <summary>Document and face passed, with tags; the partner decides.</summary>
    /// <param name="tags">Fraud tags, mismatch tags and suspicion reasons in one list, distinguished by name.</param>
    public static IdenfyVerdict Suspected(params IReadOnlyList<string> tags) =>
        Approved with
        {
            Overall = "SUSPECTED",
            FraudTags = [.. tags.Where(tag => !MismatchNames.Contains(tag) && !SuspicionNames.Contains(tag))],
            MismatchTags = [.. tags.Where(MismatchNames.Contains)],
            SuspicionReasons = [.. tags.Where(SuspicionNames.Contains)],
        };

    /// <summary>
    /// The person cancelled. iDenfy does not list CANCELLED among the values of <c>overall</c> and does not document
    /// which one it sends.
    /// </summary>
    public static IdenfyVerdict Cancelled(string overall = "EXPIRED") => new(overall) { Final = null };

    /// <summary>The automatic verdict while the manual one is pending.</summary>
    public IdenfyVerdict Preliminary() => this with { Final = false };

    /// <summary>This verdict as the manual one after the automatic <paramref name="machine"/>.</summary>
    public IdenfyVerdict ByPersonAfter(IdenfyVerdict machine) =>
        this with
        {
            Final = true,
            AutoDocument = machine.AutoDocument,
            AutoFace = machine.AutoFace,
            ManualDocument = AutoDocument,
            ManualFace = AutoFace,
        };

    private static bool OfFace(string reason) =>
        reason.Contains("FACE", StringComparison.Ordinal) && !reason.StartsWith("DOC_", StringComparison.Ordinal);
}

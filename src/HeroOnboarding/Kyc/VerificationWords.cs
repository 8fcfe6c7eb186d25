namespace HeroOnboarding.Kyc;

/// <summary>Sentences for the reason codes of providers.</summary>
public static class VerificationWords
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["DOC_EXPIRED"] = "The document has expired.",
        ["DOC_NOT_FOUND"] = "No document was found in the picture.",
        ["DOC_TOO_BLURRY"] = "The picture of the document was too blurry.",
        ["DOC_FAKE"] = "The document did not look genuine.",
        ["DOC_DAMAGED"] = "The document is damaged.",
        ["DOC_INFO_MISMATCH"] = "The data on the document did not fit together.",
        ["DOC_MOBILE_PHOTO"] = "A picture of a screen was shown; the document itself is needed.",
        ["COUNTRY_MISMATCH"] = "The document is from another country than was chosen.",
        ["FACE_MISMATCH"] = "The face and the document did not match.",
        ["NO_FACE_FOUND"] = "No face was found in the picture.",
        ["TOO_MANY_FACES"] = "More than one face was in the picture.",
        ["FACE_TOO_BLURRY"] = "The picture of the face was too blurry.",
        ["FAKE_FACE"] = "The face did not look like that of a living person.",
    };

    /// <returns>A sentence for each code on which the customer can act; other codes are omitted.</returns>
    public static IReadOnlyList<string> Of(string? reasons) =>
        [.. (reasons ?? "").Split(',').Select(code => Known.GetValueOrDefault(code)).OfType<string>()];
}

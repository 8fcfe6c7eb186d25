using HeroOnboarding.Accounts;

namespace HeroOnboarding.Kyc;

/// <summary>The label and the tone of a badge: <c>good</c>, <c>warn</c>, <c>bad</c> or nothing.</summary>
public sealed record KycBadge(string Label, string Tone)
{
    private static readonly KycBadge Verified = new("Verified", "good");
    private static readonly KycBadge Checking = new("Being checked", "warn");
    private static readonly KycBadge Failed = new("Not accepted", "bad");
    private static readonly KycBadge Expired = new("Expired", "warn");
    private static readonly KycBadge NotYet = new("Not verified yet", "");

    /// <summary>The status of an account or of an attempt; customers and operators see the same labels.</summary>
    public static KycBadge Of(KycStatus status) =>
        status switch
        {
            KycStatus.Completed => Verified,
            KycStatus.InProgress => Checking,
            KycStatus.Failed => Failed,
            KycStatus.Expired => Expired,
            KycStatus.Pending => NotYet,
            _ => throw new ArgumentOutOfRangeException(nameof(status), status, "A status without words."),
        };

    /// <summary>The stage on the verification page, which has a label of its own for a review.</summary>
    public static KycBadge Of(VerificationStage stage) =>
        stage switch
        {
            VerificationStage.Verified => Verified,
            VerificationStage.UnderReview => new("Under review", "warn"),
            VerificationStage.Open or VerificationStage.Waiting => Checking,
            VerificationStage.Failed => Failed,
            VerificationStage.Expired => Expired,
            _ => NotYet,
        };
}

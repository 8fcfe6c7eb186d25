using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>The stage of a customer's verification.</summary>
public enum VerificationStage
{
    Verified,

    /// <summary>No provider is set up; operators verify customers.</summary>
    ByHand,

    /// <summary>An operator or the provider is deciding; the customer has nothing to do.</summary>
    UnderReview,

    /// <summary>The customer can continue at the provider's page.</summary>
    Open,

    /// <summary>Started without a page for the customer; the provider's verdict is pending.</summary>
    Waiting,
    Failed,
    Expired,
    NotStarted,
}

/// <summary>The data of the pages about verification.</summary>
/// <param name="Session">The session that needs review, else the newest one; null for none.</param>
/// <param name="Verifier">The provider's name for people; null when no provider is set up.</param>
/// <param name="MadeUp">Results are made up (development).</param>
public sealed record VerificationView(
    VerificationStage Stage,
    Account Account,
    KycSession? Session,
    string? Verifier,
    bool MadeUp
)
{
    /// <summary>The stage may change without an action on the page, so the page polls <c>/kyc/state</c>.</summary>
    public bool MayChange =>
        Stage is VerificationStage.UnderReview or VerificationStage.Open or VerificationStage.Waiting;
}

/// <summary>Reads the stage of a customer's verification.</summary>
public sealed class ReadVerification(Database database, IEnumerable<IVerifier> verifiers, TimeProvider clock)
{
    public async Task<VerificationView> RunAsync(string accountSid, CancellationToken cancel = default)
    {
        await using var db = database.Read();
        // In this order: if the customer is approved between the two reads, the account shows it.
        var sessions = await db
            .KycSessions.Where(s => s.AccountSid == accountSid)
            .OrderByDescending(s => s.Sid)
            .ToListAsync(cancel);
        var account = await db.Accounts.SingleAsync(a => a.Sid == accountSid, cancel);
        var verifier = verifiers.SingleOrDefault();
        var shown = sessions.FirstOrDefault(s => s.NeedsReview) ?? sessions.FirstOrDefault();
        return new(
            StageOf(account, shown, verifier is not null, clock.Now()),
            account,
            shown,
            verifier?.DisplayName,
            verifier?.MakesUpResults == true
        );
    }

    private static VerificationStage StageOf(Account account, KycSession? session, bool on, DateTimeOffset now) =>
        (account, session) switch
        {
            ({ KycStatus: KycStatus.Completed }, _) => VerificationStage.Verified,
            _ when !on => VerificationStage.ByHand,
            (_, null) => VerificationStage.NotStarted,
            (_, { NeedsReview: true }) => VerificationStage.UnderReview,
            _ when Verification.IsBeingDecided(session) => VerificationStage.UnderReview,
            _ when Verification.IsOver(session, now) => VerificationStage.Expired,
            (_, { State: KycStatus.InProgress }) => session.Url is null
                ? VerificationStage.Waiting
                : VerificationStage.Open,
            (_, { State: KycStatus.Failed }) => VerificationStage.Failed,
            (_, { State: KycStatus.Expired }) => VerificationStage.Expired,
            _ => VerificationStage.NotStarted,
        };
}

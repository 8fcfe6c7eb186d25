using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>How a person's verification stands, in the order in which pages look at it.</summary>
public enum VerificationStage
{
    Verified,

    /// <summary>No provider is set up; the operator checks people.</summary>
    ByHand,

    /// <summary>An operator or the provider decides; nothing to do.</summary>
    UnderReview,

    /// <summary>A link is there to go on with.</summary>
    Open,

    /// <summary>Started, and nothing to do until the provider speaks.</summary>
    Waiting,
    Failed,
    Expired,
    NotStarted,
}

/// <summary>What the pages about verification show.</summary>
/// <param name="Session">The newest attempt.</param>
/// <param name="Verifier">Who checks, for people; null where nobody is set up.</param>
/// <param name="MadeUp">Results are made up (development).</param>
public sealed record VerificationView(
    VerificationStage Stage,
    Account Account,
    KycSession? Session,
    string? Verifier,
    bool MadeUp
)
{
    /// <summary>The page looks again by itself while others may change something.</summary>
    public bool MayChange =>
        Stage is VerificationStage.UnderReview or VerificationStage.Open or VerificationStage.Waiting;
}

/// <summary>Reads how somebody's verification stands.</summary>
public sealed class ReadVerification(Database database, IEnumerable<IVerifier> verifiers, TimeProvider clock)
{
    public async Task<VerificationView> RunAsync(string accountSid, CancellationToken cancel = default)
    {
        await using var db = database.Read();
        // In this order: of somebody who is approved between the two looks, the account says so.
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

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>The result of a provider's message.</summary>
public enum VerdictOutcome
{
    Taken,
    Ignored,
}

/// <summary>
/// Applies a provider's verdict. It changes only the session with its reference, and only if that session has its
/// client id. The session, the account and the queued purchase are changed in one commit.
/// </summary>
public sealed class TakeVerdict(
    UnitOfWorkRunner writer,
    Database database,
    TimeProvider clock,
    ILogger<TakeVerdict> log,
    QueueWaiting queueWaiting
)
{
    /// <returns>
    /// <c>webhook.too_early</c> while the session's reference is not committed; the provider must repeat the callback.
    /// </returns>
    public async Task<Outcome<VerdictOutcome>> RunAsync(Verdict verdict, CancellationToken cancel = default)
    {
        KycSession? session;
        await using (var db = database.Read())
        {
            // In this order: a session that gets its reference between the two reads is found by the second one.
            var starting = await IsStartingAsync(db, verdict, cancel);
            session = await db.KycSessions.FirstOrDefaultAsync(
                s => s.Provider == verdict.Provider && s.ScanRef == verdict.ScanRef,
                cancel
            );
            if (session is null && starting)
                return Refusals.WebhookTooEarly;
        }
        if (session is null || session.ClientId != verdict.ClientId)
        {
            log.LogWarning(
                "A verdict of {Provider} was ignored: {Why}",
                verdict.Provider,
                session is null
                    ? "its reference is not of a session here"
                    : $"session {session.Sid} has another client id"
            );
            return VerdictOutcome.Ignored;
        }
        // Most repeated callbacks end here without a commit. The unit evaluates the verdict again under the lock.
        if (!Verification.Apply(session, verdict, clock.Now(), anotherLive: false))
            return VerdictOutcome.Ignored;
        return await writer.RunAsync<VerdictOutcome>(
            "kyc.verdict",
            Actor.System(verdict.Provider),
            unit => InUnitAsync(unit, session.AccountSid, session.Sid, verdict),
            cancel
        );
    }

    private static Task<bool> IsStartingAsync(OnboardingDb db, Verdict verdict, CancellationToken cancel) =>
        db.KycSessions.AnyAsync(
            s =>
                s.Sid == verdict.SessionSid
                && s.Provider == verdict.Provider
                && s.ClientId == verdict.ClientId
                && s.State == KycStatus.Pending
                && s.ScanRef == null,
            cancel
        );

    private async Task<Outcome<VerdictOutcome>> InUnitAsync(
        Unit unit,
        string accountSid,
        string sessionSid,
        Verdict verdict
    )
    {
        var account = (await unit.LockAccountAsync(accountSid))!;
        var sessions = await unit.Db.KycSessions.Where(s => s.AccountSid == accountSid).ToListAsync();
        var session = sessions.Single(s => s.Sid == sessionSid);
        var changed = Verification.Apply(session, verdict, unit.Now, sessions.Any(s => s.IsLive && s != session));
        if (changed)
            await SettleAsync(unit, account, sessions, session);
        unit.Note(
            accountSid,
            new
            {
                session = sessionSid,
                verdict = verdict.Word,
                reasons = session.Reasons,
                state = session.State,
                session.NeedsReview,
                account.KycStatus,
                changed,
            }
        );
        return changed ? VerdictOutcome.Taken : VerdictOutcome.Ignored;
    }

    /// <summary>
    /// Called after a session changed: ends the other open sessions if this one was completed, derives the account's
    /// status, and queues the waiting purchase if the account became verified.
    /// </summary>
    internal async Task SettleAsync(Unit unit, Account account, List<KycSession> sessions, KycSession changed)
    {
        if (changed.State == KycStatus.Completed)
            foreach (var other in sessions.Where(s => s != changed))
                Verification.End(other, null, unit.Now);
        var before = account.KycStatus;
        Verification.Follow(account, sessions, unit.Now);
        await unit.Db.SaveChangesAsync();
        if (account.KycStatus == KycStatus.Completed && before != KycStatus.Completed)
            await queueWaiting(unit, account.Sid);
    }
}

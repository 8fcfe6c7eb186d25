using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>A session after an operator's decision.</summary>
public sealed record DecideAnswer(string SessionSid, string UserSid, KycStatus State, KycStatus KycStatus);

/// <summary>
/// Operators' decisions about identities: on suspected sessions, and on customers whom they checked themselves.
/// </summary>
public sealed class DecideVerification(UnitOfWorkRunner writer, Database database, TakeVerdict verdicts)
{
    /// <summary>
    /// Approves or denies a session that needs review. Verdicts that the provider reached earlier no longer apply.
    /// </summary>
    public async Task<Outcome<DecideAnswer>> RunAsync(
        Actor actor,
        string? sessionSid,
        bool approve,
        string? reason,
        CancellationToken cancel = default
    )
    {
        if (!Reason.IsGiven(reason))
            return Refusals.ReasonRequired;
        string? owner;
        await using (var db = database.Read())
            owner = await db
                .KycSessions.Where(s => s.Sid == sessionSid)
                .Select(s => s.AccountSid)
                .FirstOrDefaultAsync(cancel);
        if (owner is null)
            return Refusals.NotFound;
        return await writer.RunAsync<DecideAnswer>(
            "kyc.decide",
            actor,
            async unit =>
            {
                var account = (await unit.LockAccountAsync(owner))!;
                var sessions = await unit.Db.KycSessions.Where(s => s.AccountSid == owner).ToListAsync();
                var session = sessions.Single(s => s.Sid == sessionSid);
                if (!session.NeedsReview)
                    return KycRefusals.KycDecided;
                Verification.Decide(session, approve, unit.Now);
                await verdicts.SettleAsync(unit, account, sessions, session);
                unit.Note(
                    owner,
                    new
                    {
                        session = session.Sid,
                        approve,
                        verdict = session.Verdict,
                        reason = reason!.Trim(),
                    }
                );
                return new DecideAnswer(session.Sid, owner, session.State, account.KycStatus);
            },
            cancel
        );
    }

    /// <summary>
    /// Called inside the unit in which an operator sets whether a customer is verified: ends open sessions. Verdicts
    /// that were reached earlier no longer apply.
    /// </summary>
    public static async Task OverruleAsync(Unit unit, string accountSid, bool verified)
    {
        foreach (var session in await unit.Db.KycSessions.Where(s => s.AccountSid == accountSid).ToListAsync())
            Verification.Overrule(session, verified, unit.Now);
    }
}

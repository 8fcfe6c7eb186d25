using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>An account after it started over.</summary>
public sealed record ResetAnswer(string ClientId, KycStatus KycStatus);

/// <summary>
/// Lets a customer whose check failed or expired start over as a new client of the provider. The provider does not
/// connect the new client with earlier attempts, so it refers the same face to a reviewer. A reset therefore requires
/// an ended check, and is possible once per check.
/// </summary>
public sealed class ResetVerification(UnitOfWorkRunner writer, IEnumerable<IVerifier> verifiers)
{
    /// <summary>
    /// The provider's id of the customer: the account's sid, followed by the number of resets if there were any.
    /// </summary>
    public static string ClientIdOf(Account account) =>
        account.KycResets == 0 ? account.Sid : $"{account.Sid}-{account.KycResets}";

    public async Task<Outcome<ResetAnswer>> RunAsync(
        Actor actor,
        string accountSid,
        CancellationToken cancel = default
    ) =>
        !verifiers.Any()
            ? KycRefusals.KycOff
            : await writer.RunAsync<ResetAnswer>(
                "kyc.reset",
                actor,
                async unit =>
                {
                    var account = await unit.LockAccountAsync(accountSid);
                    if (account is null)
                        return AccountRefusals.SessionRequired;
                    if (account.SuspendedAt is not null)
                        return AccountRefusals.AccountSuspended;
                    if (account.KycStatus == KycStatus.Completed)
                        return KycRefusals.KycDone;
                    var sessions = await unit.Db.KycSessions.Where(s => s.AccountSid == accountSid).ToListAsync();
                    if (sessions.Any(s => s.NeedsReview || Verification.IsBeingDecided(s)))
                        return KycRefusals.KycUnderReview;
                    var newest = sessions.MaxBy(s => s.Sid, StringComparer.Ordinal);
                    if (newest is not null && Verification.IsOver(newest, unit.Now))
                        Verification.End(newest, null, unit.Now);
                    if (newest is null or { IsLive: true })
                        return KycRefusals.KycNothingToReset;
                    // A repeated reset before the next check changes nothing.
                    if (newest.ClientId == ClientIdOf(account))
                        account.KycResets++;
                    Verification.Follow(account, sessions, unit.Now);
                    unit.Note(accountSid, new { client_id = ClientIdOf(account) });
                    return new ResetAnswer(ClientIdOf(account), account.KycStatus);
                },
                cancel
            );
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>Where somebody who starts a check goes on; null: there is nothing to do for them but wait.</summary>
public sealed record StartAnswer(Uri? Page);

/// <summary>
/// Sends a customer to the provider. The session's row is committed first, then the provider is called outside any
/// unit, then the link is committed. After a crash or a time-out the next request continues with the same row. Each
/// link costs money, so an account has one link at a time, and one request at a time calls the provider.
/// </summary>
public sealed class StartVerification(
    UnitOfWorkRunner writer,
    Database database,
    IEnumerable<IVerifier> verifiers,
    CrashPoints crash,
    TimeProvider clock,
    ILogger<StartVerification> log
)
{
    /// <summary>
    /// How long a request that calls the provider blocks other requests for the session; longer than the call's
    /// time-out.
    /// </summary>
    internal static readonly TimeSpan Asking = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestAsked = TimeSpan.FromHours(1);

    private readonly IVerifier? verifier = verifiers.SingleOrDefault();

    /// <summary>Whether a provider is set up; otherwise operators verify customers.</summary>
    public bool IsOn => verifier is not null;

    private sealed record Linked(Uri? Page, Refusal? But);

    /// <summary>
    /// Checks in this order: set up, suspended, verified, under review. Then returns the live link or a new one.
    /// </summary>
    public async Task<Outcome<StartAnswer>> RunAsync(Actor actor, string accountSid, CancellationToken cancel = default)
    {
        if (verifier is null)
            return KycRefusals.KycOff;
        if (await FindAsync(accountSid, cancel) is { } already)
            return already;
        var prepared = await writer.RunAsync<KycSession>(
            "kyc.start",
            actor,
            unit => PrepareAsync(unit, accountSid, verifier.Name),
            cancel
        );
        if (prepared.IsRefused)
            return prepared.Refusal;
        var session = prepared.Value;
        if (session.State == KycStatus.InProgress)
            return new StartAnswer(LinkOf(session));
        // Not cancelled with the request: the provider's answer is stored even if the customer disconnects.
        var answer = await verifier.StartAsync(session, CancellationToken.None);
        crash.Reach("after asking", verifier.Name);
        return answer switch
        {
            VerificationStart.Started started => await LinkAsync(actor, session, started),
            VerificationStart.TryLater later => await PutOffAsync(actor, session, later.Reason, later.After),
            VerificationStart.Refused refused => await PutOffAsync(
                actor,
                session,
                RefusedBy(verifier, session, refused.Reason),
                null
            ),
            _ => throw new InvalidOperationException($"{verifier.Name} answered nothing."),
        };
    }

    /// <summary>The customer's live link, if it may be used; changes nothing.</summary>
    public async Task<Uri?> LiveLinkAsync(string accountSid, CancellationToken cancel = default) =>
        (await FindAsync(accountSid, cancel))?.Page;

    private async Task<StartAnswer?> FindAsync(string accountSid, CancellationToken cancel)
    {
        await using var db = database.Read();
        var live = await db.KycSessions.FirstOrDefaultAsync(
            s => s.AccountSid == accountSid && s.State == KycStatus.InProgress,
            cancel
        );
        if (live is null || LinkOf(live) is not { } link || Verification.IsOver(live, clock.Now()))
            return null;
        return await db.Accounts.AnyAsync(
            a => a.Sid == accountSid && a.SuspendedAt == null && a.KycStatus != KycStatus.Completed,
            cancel
        )
            ? new StartAnswer(link)
            : null;
    }

    private async Task<Outcome<KycSession>> PrepareAsync(Unit unit, string accountSid, string provider)
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
        var session = sessions.SingleOrDefault(s => s.IsLive);
        if (session is { State: KycStatus.Pending, ExpiresAt: { } until } && !Instants.Expired(until, unit.Now))
            return KycRefusals.KycUnavailable with
            {
                RetryAfter = until - unit.Now,
                Detail = "It is being started just now. Look again in a moment.",
            };
        var resumed = session is not null;
        if (
            session is { State: KycStatus.InProgress }
            && (Verification.IsOver(session, unit.Now) || IsForeign(session))
        )
        {
            Verification.End(session, null, unit.Now);
            await unit.Db.SaveChangesAsync();
            (session, resumed) = (null, false);
        }
        session ??= unit.Db.KycSessions.Add(New(unit, account, provider)).Entity;
        if (session.State == KycStatus.Pending)
            session.ExpiresAt = unit.Now + Asking;
        Verification.Follow(account, [.. sessions.Where(s => s != session), session], unit.Now);
        unit.Note(
            accountSid,
            new
            {
                session = session.Sid,
                client_id = session.ClientId,
                resumed,
            }
        );
        return session;
    }

    private static KycSession New(Unit unit, Account account, string provider) =>
        new()
        {
            Sid = unit.NewSid(),
            AccountSid = account.Sid,
            Provider = provider,
            ClientId = ResetVerification.ClientIdOf(account),
            State = KycStatus.Pending,
            CreatedAt = unit.Now,
        };

    /// <summary>
    /// Commits the link. If the customer was suspended during the call, the link is stored but not opened. If the
    /// session has ended meanwhile, the link is discarded.
    /// </summary>
    private async Task<Outcome<StartAnswer>> LinkAsync(
        Actor actor,
        KycSession session,
        VerificationStart.Started started
    )
    {
        var outcome = await writer.RunAsync<Linked>(
            "kyc.link",
            actor,
            async unit =>
            {
                var account = (await unit.LockAccountAsync(session.AccountSid))!;
                if (
                    await unit.Db.KycSessions.AnyAsync(s =>
                        s.Provider == session.Provider && s.ScanRef == started.ScanRef
                    )
                )
                    return KycRefusals.KycUnavailable;
                DateTimeOffset? end = unit.Now + started.LinkLife;
                var url = started.Url?.AbsoluteUri;
                var mine = await unit
                    .Db.KycSessions.Where(s =>
                        s.Sid == session.Sid && s.State == KycStatus.Pending && s.ScanRef == null
                    )
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(s => s.State, KycStatus.InProgress)
                            .SetProperty(s => s.ScanRef, started.ScanRef)
                            .SetProperty(s => s.Url, url)
                            .SetProperty(s => s.ExpiresAt, end)
                    );
                if (mine == 0)
                    return account.KycStatus == KycStatus.Completed ? KycRefusals.KycDone : KycRefusals.KycUnavailable;
                account.KycStatus = KycStatus.InProgress;
                unit.Note(
                    account.Sid,
                    new
                    {
                        session = session.Sid,
                        scan_ref = started.ScanRef,
                        until = end,
                    }
                );
                return new Linked(started.Url, account.SuspendedAt is null ? null : AccountRefusals.AccountSuspended);
            }
        );
        if (outcome.IsRefused)
            return outcome.Refusal;
        return outcome.Value.But is { } but ? but : new StartAnswer(outcome.Value.Page);
    }

    /// <summary>
    /// Records that the provider gave no link. The next request may call it immediately, for the same row.
    /// </summary>
    private async Task<Outcome<StartAnswer>> PutOffAsync(
        Actor actor,
        KycSession session,
        string reason,
        TimeSpan? after
    )
    {
        await writer.RunAsync(
            "kyc.start_failed",
            actor,
            async unit =>
            {
                unit.Note(session.AccountSid, new { session = session.Sid, reason });
                await unit
                    .Db.KycSessions.Where(s =>
                        s.Sid == session.Sid && s.State == KycStatus.Pending && s.ScanRef == null
                    )
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.ExpiresAt, (DateTimeOffset?)null));
            }
        );
        return after is { } wait && wait > TimeSpan.Zero
            ? KycRefusals.KycUnavailable with
            {
                RetryAfter = wait > LongestAsked ? LongestAsked : wait,
            }
            : KycRefusals.KycUnavailable;
    }

    private string RefusedBy(IVerifier by, KycSession session, string reason)
    {
        log.LogError(
            "{Provider} refused to start session {Session}: {Reason} Check its keys; the person can try again",
            by.Name,
            session.Sid,
            reason
        );
        return reason;
    }

    /// <summary>
    /// The session's link; null when it has none, or when the link is not of the provider that is set up now.
    /// </summary>
    private Uri? LinkOf(KycSession session) =>
        Uri.TryCreate(session.Url, UriKind.Absolute, out var url) && verifier?.IsItsPage(url) == true ? url : null;

    private bool IsForeign(KycSession session) => session.Url is not null && LinkOf(session) is null;
}

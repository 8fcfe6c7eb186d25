using HeroOnboarding.Accounts;

namespace HeroOnboarding.Kyc;

/// <summary>
/// The effect of verdicts on a session, and of sessions on their account, as pure functions. Messages may arrive in any
/// order and repeatedly, with the same result: the newest decision applies, the stricter one of two at the same time,
/// and expiry never undoes a decision. If the provider gives no time, the order of arrival does not show which decision
/// is newer; such a verdict can only make the result stricter.
/// </summary>
public static class Verification
{
    /// <summary>The link expired unused, and the provider has reported nothing.</summary>
    public static bool IsOver(KycSession session, DateTimeOffset now) =>
        session is { State: KycStatus.InProgress, NeedsReview: false, Verdict: null, ExpiresAt: { } end }
        && Instants.Expired(end, now);

    /// <summary>The provider or an operator is deciding; the customer has nothing to do.</summary>
    public static bool IsBeingDecided(KycSession session) =>
        session.IsLive && (session.NeedsReview || session.Verdict is not null);

    /// <param name="anotherLive">
    /// The account has another live session, so a suspected session becomes expired instead of in progress.
    /// </param>
    /// <returns>False when it changed nothing.</returns>
    public static bool Apply(KycSession session, Verdict verdict, DateTimeOffset now, bool anotherLive) =>
        verdict.Kind switch
        {
            VerdictKind.Progress => Wait(session, verdict),
            VerdictKind.Ended => End(session, verdict.Word, now),
            _ => Decide(session, verdict, now, anotherLive),
        };

    /// <summary>Applies an operator's decision to a session that needs review.</summary>
    public static void Decide(KycSession session, bool approve, DateTimeOffset now)
    {
        (session.State, session.NeedsReview, session.Url) = (
            approve ? KycStatus.Completed : KycStatus.Failed,
            false,
            null
        );
        (session.VerdictAt, session.VerdictUntimed, session.DecidedAt) = (now, false, now);
    }

    /// <summary>
    /// Applies an operator's decision about the customer: an open session ends, and verdicts that were reached earlier
    /// no longer apply.
    /// </summary>
    public static void Overrule(KycSession session, bool verified, DateTimeOffset now)
    {
        if (session.NeedsReview && verified)
            Decide(session, approve: true, now);
        else if (session.IsLive || session.NeedsReview || (session.State == KycStatus.Completed && !verified))
            (session.State, session.Url, session.DecidedAt) = (KycStatus.Expired, null, now);
        (session.NeedsReview, session.VerdictAt, session.VerdictUntimed) = (false, now, false);
    }

    /// <summary>Ends a session without a decision.</summary>
    /// <returns>False when the session has ended already or needs review.</returns>
    public static bool End(KycSession session, string? word, DateTimeOffset now)
    {
        if (!session.IsLive || session.NeedsReview)
            return false;
        (session.State, session.Verdict, session.Url, session.DecidedAt) = (
            KycStatus.Expired,
            word ?? session.Verdict,
            null,
            now
        );
        return true;
    }

    /// <summary>
    /// Derives the account's status from its sessions: the newest decision if it verified the customer, else the live
    /// session, else the newest decision or a session that was created after it.
    /// </summary>
    public static void Follow(Account account, IReadOnlyList<KycSession> sessions, DateTimeOffset now)
    {
        var decided = sessions.Where(s => Strictness(s) > 0).OrderBy(DecidedSince).ThenBy(Strictness).LastOrDefault();
        var last = sessions.MaxBy(s => s.Sid, StringComparer.Ordinal)!;
        var shown = decided is { State: KycStatus.Completed }
            ? decided
            : sessions.SingleOrDefault(s => s.IsLive)
                ?? (decided is null || last.CreatedAt > decided.VerdictAt ? last : decided);
        account.KycStatus = shown.NeedsReview ? KycStatus.InProgress : shown.State;
        account.KycVerifiedAt = account.KycStatus == KycStatus.Completed ? account.KycVerifiedAt ?? now : null;
    }

    private static bool Wait(KycSession session, Verdict verdict)
    {
        if (session.State != KycStatus.InProgress || session.VerdictAt is not null || session.Verdict == verdict.Word)
            return false;
        // A used link cannot be opened again, so it is removed; the check continues at the provider.
        (session.Verdict, session.Reasons, session.Url) = (verdict.Word, Joined(verdict), null);
        return true;
    }

    private static bool Decide(KycSession session, Verdict verdict, DateTimeOffset now, bool anotherLive)
    {
        var at = verdict.At ?? now;
        // The provider's clock may be ahead of the portal's. A time in the future would block later verdicts.
        at = at > now ? now : at;
        if (!Counts(session, verdict, at))
            return false;
        (session.Verdict, session.Reasons, session.Url) = (verdict.Word, Joined(verdict), null);
        (session.VerdictAt, session.VerdictUntimed) = (at, verdict.At is null);
        session.NeedsReview = verdict.Kind == VerdictKind.Suspected;
        session.DecidedAt = session.NeedsReview ? null : now;
        session.State = verdict.Kind switch
        {
            VerdictKind.Approved => KycStatus.Completed,
            VerdictKind.Denied => KycStatus.Failed,
            _ => anotherLive ? KycStatus.Expired : KycStatus.InProgress,
        };
        return true;
    }

    /// <summary>Whether a decision replaces the stored one.</summary>
    /// <param name="at">When the decision was reached; the time of arrival if the provider gave none.</param>
    private static bool Counts(KycSession session, Verdict verdict, DateTimeOffset at)
    {
        if (session.VerdictAt is not { } known)
            return true;
        var (strictness, before) = (Strictness(verdict.Kind), Strictness(session));
        // A signed message can be replayed. A verdict without a time therefore never approves after a decision, and a
        // repeated one does not reopen an operator's decision.
        if (verdict.At is null)
            return strictness > Math.Max(before, Strictness(VerdictKind.Approved)) && !IsRepetition(session, verdict);
        // The stored verdict may have been reached before it arrived.
        return (session.VerdictUntimed && strictness > before) || (at, strictness).CompareTo((known, before)) > 0;
    }

    private static bool IsRepetition(KycSession session, Verdict verdict) =>
        session.Verdict == verdict.Word && session.Reasons == Joined(verdict);

    /// <summary>
    /// The time for comparing the sessions of one account: an approval without a time may be as old as its session.
    /// </summary>
    private static DateTimeOffset? DecidedSince(KycSession session) =>
        session is { VerdictUntimed: true, State: KycStatus.Completed } ? session.CreatedAt : session.VerdictAt;

    private static int Strictness(VerdictKind kind) =>
        kind switch
        {
            VerdictKind.Approved => 1,
            VerdictKind.Suspected => 2,
            VerdictKind.Denied => 3,
            _ => 0,
        };

    private static int Strictness(KycSession session) =>
        session.NeedsReview
            ? 2
            : session.State switch
            {
                KycStatus.Completed => 1,
                KycStatus.Failed => 3,
                _ => 0,
            };

    private static string? Joined(Verdict verdict) =>
        verdict.Reasons.Count == 0 ? null : string.Join(',', verdict.Reasons);
}

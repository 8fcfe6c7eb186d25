using HeroOnboarding.Accounts;

namespace HeroOnboarding.Kyc;

/// <summary>
/// What a verdict does to a session, and what sessions mean for their account. Pure. Messages come in any order and
/// more than once; the end is the same:
/// the newest decision stands, of two at one instant the stricter one, and running out never undoes a decision. Where
/// the provider gives no time, the order of arrival does not say which decision is newer; then it may only make the
/// result stricter.
/// </summary>
public static class Verification
{
    /// <summary>The link was not used in time, and nobody said anything about it.</summary>
    public static bool IsOver(KycSession session, DateTimeOffset now) =>
        session is { State: KycStatus.InProgress, NeedsReview: false, Verdict: null, ExpiresAt: { } end }
        && Instants.Expired(end, now);

    /// <summary>The provider or an operator is looking; the person has nothing to do.</summary>
    public static bool IsBeingDecided(KycSession session) =>
        session.IsLive && (session.NeedsReview || session.Verdict is not null);

    /// <param name="anotherLive">The account has another live session; there is never a second one.</param>
    /// <returns>False: it changed nothing.</returns>
    public static bool Apply(KycSession session, Verdict verdict, DateTimeOffset now, bool anotherLive) =>
        verdict.Kind switch
        {
            VerdictKind.Progress => Wait(session, verdict),
            VerdictKind.Ended => End(session, verdict.Word, now),
            _ => Decide(session, verdict, now, anotherLive),
        };

    /// <summary>An operator decides about a session that waits for it.</summary>
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
    /// An operator decides about the person by hand: what is open ends, and what providers said before counts no more.
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
    /// <returns>False: it had ended, or was decided.</returns>
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
    /// Makes the account say what its sessions say: verified by the newest decision, else the live attempt, else the
    /// newest decision or an attempt that was made after it.
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
        // A used link leads nowhere any more; a person or a machine at the provider goes on.
        if (session.State != KycStatus.InProgress || session.VerdictAt is not null || session.Verdict == verdict.Word)
            return false;
        (session.Verdict, session.Reasons, session.Url) = (verdict.Word, Joined(verdict), null);
        return true;
    }

    private static bool Decide(KycSession session, Verdict verdict, DateTimeOffset now, bool anotherLive)
    {
        var at = verdict.At ?? now;
        // A provider's clock that is ahead of ours must not shut out what is said later.
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

    /// <summary>Whether a decision replaces the one that is known.</summary>
    /// <param name="at">When it was reached; the time of arrival for one without a time.</param>
    private static bool Counts(KycSession session, Verdict verdict, DateTimeOffset at)
    {
        if (session.VerdictAt is not { } known)
            return true;
        var (strictness, before) = (Strictness(verdict.Kind), Strictness(session));
        // A signed message can be replayed. One without a time never verifies after a decision, and a repetition does
        // not reopen what an operator decided.
        if (verdict.At is null)
            return strictness > Math.Max(before, Strictness(VerdictKind.Approved)) && !IsRepetition(session, verdict);
        // The known one may be older than its arrival.
        return (session.VerdictUntimed && strictness > before) || (at, strictness).CompareTo((known, before)) > 0;
    }

    private static bool IsRepetition(KycSession session, Verdict verdict) =>
        session.Verdict == verdict.Word && session.Reasons == Joined(verdict);

    /// <summary>For comparing checks of one person: an approval without a time may be as old as its check.</summary>
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

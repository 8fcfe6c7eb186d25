using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>Each condition of <see cref="Verification"/> by itself, at its border, with the case beside it.</summary>
public sealed class VerificationRules
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_link_is_over_only_while_nobody_has_said_anything_about_it()
    {
        Assert.False(Verification.IsOver(Session(s => s.ExpiresAt = Now), Now));
        Assert.True(Verification.IsOver(Session(s => s.ExpiresAt = Now.AddMicroseconds(-1)), Now));
        foreach (
            var change in new Action<KycSession>[]
            {
                s => s.State = KycStatus.Pending,
                s => s.NeedsReview = true,
                s => s.Verdict = "REVIEWING",
                s => s.ExpiresAt = null,
            }
        )
            Assert.False(Verification.IsOver(Session(s => s.ExpiresAt = Now.AddDays(-1), change), Now));
    }

    [Fact]
    public void Progress_is_noted_only_before_a_decision_and_once()
    {
        var word = Said(VerdictKind.Progress, "REVIEWING", null);
        var session = Session(s => s.Url = "https://example.org");
        Assert.True(Verification.Apply(session, word, Now, anotherLive: false));
        Assert.Equal(("REVIEWING", null), (session.Verdict, session.Url));
        Assert.False(Verification.Apply(session, word, Now, anotherLive: false));
        foreach (var state in new[] { KycStatus.Pending, KycStatus.Completed, KycStatus.Failed, KycStatus.Expired })
            Assert.False(Verification.Apply(Session(s => s.State = state), word, Now, anotherLive: false));
        var suspected = Session(s => (s.NeedsReview, s.VerdictAt, s.Verdict) = (true, Now, "SUSPECTED"));
        Assert.False(Verification.Apply(suspected, word, Now, anotherLive: false));
        Assert.Equal("SUSPECTED", suspected.Verdict);
    }

    [Fact]
    public void Running_out_ends_what_is_live_and_never_what_waits_for_an_operator()
    {
        var live = Session();
        Assert.True(Verification.End(live, "EXPIRED", Now));
        Assert.Equal((KycStatus.Expired, "EXPIRED", Now), (live.State, live.Verdict, live.DecidedAt));
        var waiting = Session(s => (s.NeedsReview, s.Verdict) = (true, "SUSPECTED"));
        Assert.False(Verification.End(waiting, "EXPIRED", Now));
        Assert.Equal((KycStatus.InProgress, "SUSPECTED"), (waiting.State, waiting.Verdict));
        foreach (var state in new[] { KycStatus.Completed, KycStatus.Failed, KycStatus.Expired })
            Assert.False(Verification.End(Session(s => s.State = state), "EXPIRED", Now));
    }

    [Fact]
    public void Of_two_decisions_at_one_instant_the_stricter_stands_in_any_order()
    {
        var approved = Said(VerdictKind.Approved, "APPROVED", Now);
        var denied = Said(VerdictKind.Denied, "DENIED", Now);
        var first = Session();
        Assert.True(Verification.Apply(first, approved, Now, anotherLive: false));
        Assert.True(Verification.Apply(first, denied, Now, anotherLive: false));
        Assert.False(Verification.Apply(first, denied, Now, anotherLive: false));
        Assert.False(Verification.Apply(first, approved, Now, anotherLive: false));
        Assert.Equal(KycStatus.Failed, first.State);
    }

    [Fact]
    public void An_old_attempt_that_becomes_suspect_does_not_live_again_beside_a_newer_one()
    {
        var suspected = Said(VerdictKind.Suspected, "SUSPECTED", Now);
        var (alone, beside) = (Session(), Session());
        Assert.True(Verification.Apply(alone, suspected, Now, anotherLive: false));
        Assert.True(Verification.Apply(beside, suspected, Now, anotherLive: true));
        Assert.Equal((KycStatus.InProgress, KycStatus.Expired), (alone.State, beside.State));
        Assert.Equal((true, true), (alone.NeedsReview, beside.NeedsReview));
        Assert.Equal(((DateTimeOffset?)null, (DateTimeOffset?)null), (alone.DecidedAt, beside.DecidedAt));
    }

    [Theory]
    [InlineData(true, true, KycStatus.InProgress, KycStatus.Completed)]
    [InlineData(true, false, KycStatus.InProgress, KycStatus.Expired)]
    [InlineData(false, true, KycStatus.InProgress, KycStatus.Expired)]
    [InlineData(false, true, KycStatus.Completed, KycStatus.Completed)]
    [InlineData(false, false, KycStatus.Completed, KycStatus.Expired)]
    [InlineData(false, true, KycStatus.Failed, KycStatus.Failed)]
    [InlineData(false, false, KycStatus.Failed, KycStatus.Failed)]
    [InlineData(true, true, KycStatus.Expired, KycStatus.Completed)]
    [InlineData(true, false, KycStatus.Expired, KycStatus.Expired)]
    public void An_operator_s_word_ends_what_is_open(bool review, bool verified, KycStatus before, KycStatus after)
    {
        var session = Session(s => (s.State, s.NeedsReview, s.Url) = (before, review, "https://example.org"));
        Verification.Overrule(session, verified, Now);
        Assert.Equal((after, false, Now), (session.State, session.NeedsReview, session.VerdictAt));
    }

    [Fact]
    public void The_account_follows_the_newest_decision_and_else_the_newest_attempt()
    {
        var old = Decided("1", KycStatus.Completed, Now.AddDays(-3));
        var denied = Decided("2", KycStatus.Failed, Now.AddDays(-2));
        Assert.Equal(KycStatus.Failed, Followed(old, denied));
        Assert.Equal(KycStatus.Completed, Followed(Decided("1", KycStatus.Completed, Now.AddDays(-1)), denied));
        // Of two at one instant the stricter.
        var at = denied.VerdictAt!.Value;
        var same = new[] { Decided("1", KycStatus.Failed, at), Decided("3", KycStatus.Completed, at) };
        Assert.Equal(KycStatus.Failed, Followed(same));
        // A live attempt shows, but takes no verification away.
        var live = Session(s => (s.Sid, s.CreatedAt) = ("4", Now.AddDays(-1)));
        Assert.Equal(KycStatus.InProgress, Followed(old, denied, live));
        Assert.Equal(KycStatus.Completed, Followed(old, live));
        // An attempt that ended shows only if it was made after the decision.
        var ended = Session(s => (s.Sid, s.State, s.CreatedAt) = ("5", KycStatus.Expired, Now.AddDays(-1)));
        Assert.Equal(KycStatus.Expired, Followed(denied, ended));
        ended.CreatedAt = at.AddMicroseconds(-1);
        Assert.Equal(KycStatus.Failed, Followed(denied, ended));
    }

    private static KycStatus Followed(params KycSession[] sessions)
    {
        var account = new Account { Sid = "a" };
        Verification.Follow(account, sessions, Now);
        Assert.Equal(account.KycStatus == KycStatus.Completed, account.KycVerifiedAt is not null);
        return account.KycStatus;
    }

    private static KycSession Decided(string sid, KycStatus state, DateTimeOffset at) =>
        Session(s => (s.Sid, s.State, s.VerdictAt, s.CreatedAt) = (sid, state, at, at.AddHours(-1)));

    private static Verdict Said(VerdictKind kind, string word, DateTimeOffset? at) =>
        new("idenfy", "scan", "a", "s", kind, word, [], at);

    private static KycSession Session(params Action<KycSession>[] changes)
    {
        var session = new KycSession
        {
            Sid = "s",
            AccountSid = "a",
            Provider = "idenfy",
            ClientId = "a",
            State = KycStatus.InProgress,
            CreatedAt = Now,
        };
        foreach (var change in changes)
            change(session);
        return session;
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>Callbacks early, late, twice, out of order, and of every verdict.</summary>
public sealed class VerdictsInAnyOrder
{
    [Theory, BothDatabases]
    public async Task A_verdict_that_is_faster_than_our_commit_is_asked_for_again(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        at.Portal.Wire.Tamper = async (_, _) =>
        {
            // iDenfy has answered, and its callback overtakes the answer.
            var callback = await at.Idenfy.ApproveAsync(at.Scan);
            var early = await at.PostCallbackAsync(callback.Body, callback.Signature);
            Assert.NotNull(early.ExpectRefusal(Refusals.WebhookTooEarly).Response.Headers.RetryAfter);
            Assert.Equal("pending/pending", await at.StateAsync(asha));
        };
        (await asha.StartKycAsync()).Expect(303);
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
        Assert.Equal([200], await at.Idenfy.DeliverAllAsync());
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task A_verdict_that_comes_in_the_very_moment_of_our_commit_is_not_lost(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        await using var store = at.Portal.Database.Read();
        using var tap = new StatementTap(store.Database.GetDbConnection());
        using SemaphoreSlim looked = new(0),
            linked = new(0);
        Task<Reply>? overtaken = null;
        at.Portal.Wire.Tamper = async (_, _) =>
        {
            var callback = await at.Idenfy.ApproveAsync(at.Scan);
            var looks = 0;
            // The callback has read once; before its second read, the link is committed.
            tap.After = sql =>
            {
                if (!sql.Contains("kyc_sessions", StringComparison.Ordinal) || Interlocked.Increment(ref looks) != 1)
                    return;
                looked.Release();
                linked.Wait();
            };
            overtaken = Task.Run(() => at.PostCallbackAsync(callback.Body, callback.Signature));
            await looked.WaitAsync();
        };
        (await asha.StartKycAsync()).Expect(303);
        linked.Release();
        (await overtaken!).Expect(200);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    /// <summary>The verdict has no time of its own, so a repetition counts as old as the first one.</summary>
    [Theory]
    [InlineData(VerdictKind.Approved, false)]
    [InlineData(VerdictKind.Suspected, true)]
    public void A_repetition_without_a_time_does_not_overturn_an_operator(VerdictKind kind, bool approve)
    {
        var now = DateTimeOffset.UnixEpoch;
        var session = new KycSession
        {
            Sid = "s",
            AccountSid = "a",
            Provider = "idenfy",
            ClientId = "a",
            State = KycStatus.InProgress,
            CreatedAt = now,
        };
        var verdict = new Verdict("idenfy", "scan", "a", "s", kind, "WORD", [], null);
        Assert.True(Verification.Apply(session, verdict, now, anotherLive: false));
        Verification.Overrule(session, approve, now.AddMinutes(1));
        var (state, review) = (session.State, session.NeedsReview);
        Assert.False(Verification.Apply(session, verdict, now.AddMinutes(2), anotherLive: false));
        Assert.Equal((state, review), (session.State, session.NeedsReview));
        Assert.True(
            Verification.Apply(
                session,
                verdict with
                {
                    Kind = VerdictKind.Denied,
                    Word = "OTHER",
                },
                now.AddMinutes(3),
                anotherLive: false
            )
        );
    }

    [Theory, BothDatabases]
    public async Task What_is_said_twice_changes_nothing(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        foreach (
            var verdict in new[]
            {
                IdenfyVerdict.Approved,
                IdenfyVerdict.Denied(),
                IdenfyVerdict.Suspected("DUPLICATE_FACE"),
                IdenfyVerdict.Expired,
                IdenfyVerdict.Approved.Preliminary(),
            }
        )
        {
            await at.StartedAsync(verdict.Overall + verdict.Final);
            var callback = await at.Idenfy.DecideAsync(at.Scan, verdict);
            await at.SaysAsync(Task.FromResult(callback));
            var before = await at.Portal.FactsAsync();
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
            for (var n = 0; n < 3; n++)
                await at.SaysAsync(Task.FromResult(callback));
            Assert.Equal(before, await at.Portal.FactsAsync());
        }
    }

    [Theory, BothDatabases]
    public async Task The_same_at_once_is_taken_once(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var callback = await at.Idenfy.ApproveAsync(at.Scan);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => at.Idenfy.DeliverAsync(callback)));
        Assert.All(answers, a => Assert.Equal(200, a));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        Assert.Single(
            await at.Portal.ReadAsync(d =>
                d.Audit.Where(r => r.Act == "kyc.verdict").Select(r => r.Detail!).ToListAsync()
            ),
            d => d.Contains("\"changed\":true", StringComparison.Ordinal)
        );
    }

    /// <summary>
    /// Verdicts of one check, a minute apart, and the state that must follow in every order of arrival.
    /// </summary>
    public static TheoryData<Db, string, string> Stories { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from story in new[]
            {
                ("auto approve, approve", "completed/completed"),
                ("auto approve, deny", "failed/failed"),
                ("auto suspect, approve", "completed/completed"),
                ("approve, deny", "failed/failed"),
                ("deny, approve", "completed/completed"),
                ("approve, suspect", "in_progress/in_progress+review"),
                ("suspect, approve", "completed/completed"),
                ("approve, archive", "completed/completed"),
                ("suspect, delete", "in_progress/in_progress+review"),
                ("deny, approve, deny", "failed/failed"),
                ("auto approve, approve, suspect", "in_progress/in_progress+review"),
            }
            select (db, story.Item1, story.Item2)
        );

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task The_newest_decision_stands_in_every_order_of_arrival(Db db, string story, string end)
    {
        await using var at = await KycPortal.StartAsync(db);
        var words = story.Split(", ");
        var n = 0;
        foreach (var order in OrdersOf(words.Length))
        {
            var customer = await at.StartedAsync($"user-{n++}");
            var callbacks = new List<(string Body, string Signature)>();
            for (var i = 0; i < words.Length; i++)
                callbacks.Add(Signed(at, words[i], at.Portal.Now.AddMinutes(i - 30)));
            foreach (var i in order.Concat(order))
                (await at.PostCallbackAsync(callbacks[i].Body, callbacks[i].Signature)).Expect(200);
            Assert.Equal((string.Join('-', order), end), (string.Join('-', order), await at.StateAsync(customer)));
        }
    }

    [Theory, BothDatabases]
    public async Task Resubmitted_results_count_both_ways(Db db)
    {
        await using var at = await KycPortal.StartAsync(db, Portal.Machines(1));
        var asha = await at.StartedAsync("asha");
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(5));
        await at.SaysAsync(at.Idenfy.ResubmitAsync(at.Scan, IdenfyVerdict.Denied("DOC_FAKE")));
        Assert.Equal("failed/failed", await at.StateAsync(asha));
        (await asha.BuyPlanAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(5));
        await at.SaysAsync(at.Idenfy.ResubmitAsync(at.Scan, IdenfyVerdict.Suspected("DUPLICATE_FACE")));
        Assert.Equal("in_progress/in_progress+review", await at.StateAsync(asha));
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(5));
        await at.SaysAsync(at.Idenfy.ResubmitAsync(at.Scan, IdenfyVerdict.Approved));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task A_late_approval_of_an_older_check_verifies_and_ends_the_newer_one(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var first = at.Scan;
        var late = Signed(at, "approve", at.Portal.Now.AddMinutes(1));
        var denied = Signed(at, "deny", at.Portal.Now.AddMinutes(1));
        await at.SaysAsync(at.Idenfy.ExpireAsync(first));
        (await asha.StartKycAsync()).Expect(303);
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(2));
        (await at.PostCallbackAsync(late.Body, late.Signature)).Expect(200);
        Assert.Equal(
            (KycStatus.Completed, KycStatus.Expired),
            ((await at.SessionAsync(first)).State, (await at.SessionAsync()).State)
        );
        Assert.Equal(KycStatus.Completed, (await at.AccountAsync(asha)).KycStatus);
        await at.SaysAsync(at.Idenfy.ExpireAsync(at.Scan));
        (await at.PostCallbackAsync(denied.Body, denied.Signature)).Expect(200);
        Assert.Equal(KycStatus.Failed, (await at.AccountAsync(asha)).KycStatus);
    }

    /// <summary>A small signed callback about the newest check.</summary>
    private static (string Body, string Signature) Signed(KycPortal at, string word, DateTimeOffset finished)
    {
        var overall = word.Split(' ')[^1] switch
        {
            "approve" => "APPROVED",
            "deny" => "DENIED",
            "suspect" => "SUSPECTED",
            "archive" => "ARCHIVED",
            "delete" => "EXPIRED-DELETED",
            var w => w,
        };
        var final =
            word.StartsWith("auto", StringComparison.Ordinal) ? "false"
            : word is "archive" or "delete" ? "null"
            : "true";
        var body = at.CallbackBody(overall, final, finished);
        return (body, IdenfySignature.Sign(body, KycPortal.SigningKey));
    }

    private static IEnumerable<int[]> OrdersOf(int count) =>
        count == 1
            ?
            [
                [0],
            ]
            : OrdersOf(count - 1)
                .SelectMany(order =>
                    Enumerable.Range(0, count).Select(place => (int[])[.. order[..place], count - 1, .. order[place..]])
                );
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>Callbacks early, late, twice, out of order, about somebody else, or not iDenfy's at all.</summary>
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
            // The callback has looked once; before it looks again, the link is committed.
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

    /// <summary>The verdict has no time of its own; said again, it is as old as it was.</summary>
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
    /// What iDenfy says of one check, a minute apart, and what must come of it whatever the order of arrival.
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

    [Theory, BothDatabases]
    public async Task A_callback_moves_only_the_session_that_has_its_scan_under_its_client(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var ashas = at.Scan;
        var juma = await at.StartedAsync("juma");
        var before = await at.Portal.FactsAsync();
        var good = (await at.Idenfy.ApproveAsync(ashas)).Body;
        foreach (
            var body in new[]
            {
                // A scan that nobody here has.
                good.Replace(ashas, "00000000-0000-0000-0000-000000000000", StringComparison.Ordinal),
                good.Replace(ashas, at.Scan, StringComparison.Ordinal), // Juma's scan under Asha's name
                good.Replace(asha.Sid, juma.Sid, StringComparison.Ordinal), // Asha's scan under Juma's name
                good.Replace(asha.Sid, asha.Sid + "-1", StringComparison.Ordinal),
            }
        )
            (await at.PostCallbackAsync(body, IdenfySignature.Sign(body, KycPortal.SigningKey))).Expect(200);
        Assert.Equal(before, await at.Portal.FactsAsync());
        (await at.PostCallbackAsync(good, IdenfySignature.Sign(good, KycPortal.SigningKey))).Expect(200);
        Assert.Equal(
            ("completed/completed", "in_progress/in_progress"),
            (await at.StateAsync(asha), await at.StateAsync(juma))
        );
    }

    [Theory, BothDatabases]
    public async Task Only_iDenfys_own_signature_is_believed(Db db)
    {
        await using var at = await KycPortal.StartAsync(
            db,
            more: new Dictionary<string, string?> { ["IDENFY_WEBHOOK_SECRET_NEXT"] = KycPortal.NextKey }
        );
        var asha = await at.StartedAsync("asha");
        var callback = await at.Idenfy.ApproveAsync(at.Scan);
        var good = IdenfySignature.Sign(callback.Body, KycPortal.NextKey);
        var before = await at.Portal.FactsAsync();
        foreach (
            var wrong in new[]
            {
                null,
                "",
                "0",
                new string('0', 64),
                good[..^1] + (good[^1] == '0' ? '1' : '0'),
                good.ToUpperInvariant(),
                good + " " + good,
                IdenfySignature.Sign(callback.Body, "simulated-idenfy-secret"),
            }
        )
            (await at.PostCallbackAsync(callback.Body, wrong)).ExpectRefusal(Refusals.WebhookSignature);
        (
            await KycPortal.PostCallbackAsync(at.Portal, System.Text.Encoding.UTF8.GetBytes(callback.Body), good, good)
        ).ExpectRefusal(Refusals.WebhookSignature);
        (
            await at.PostCallbackAsync(callback.Body.Replace("true", "true ", StringComparison.Ordinal), good)
        ).ExpectRefusal(Refusals.WebhookSignature);
        (await at.PostCallbackAsync(new string(' ', 257 * 1024), good)).ExpectRefusal(Refusals.BodyTooLarge);
        Assert.Equal(before, await at.Portal.FactsAsync());
        (await at.PostCallbackAsync(callback.Body, good)).Expect(200);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        (await at.PostCallbackAsync(callback.Body, callback.Signature)).Expect(200);
    }

    [Theory, BothDatabases]
    public async Task Words_and_shapes_that_we_do_not_know_change_nothing(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var before = await at.Portal.FactsAsync();
        foreach (
            var body in new[]
            {
                "",
                "null",
                "[]",
                "{}",
                "{\"final\":true",
                "\"APPROVED\"",
                "{\"scanRef\":null,\"clientId\":null,\"status\":null}",
                "\u0000",
                Body(at, "ACTIVE", "false"),
                Body(at, "ACTIVE", "true"),
                Body(at, "SOMETHING_NEW", "true"),
                Body(at, "approved", "true"),
                $$"""{"scanRef":"{{at.Scan}}","clientId":"{{asha.Sid}}","final":true,"status":"APPROVED"}""",
                $$"""{"scanRef":"{{at.Scan}}","clientId":"{{asha.Sid}}","final":true"""
                    + ""","status":{"overall":["APPROVED"]} }""",
                $$"""{"scanRef":["{{at.Scan}}"],"clientId":"{{asha.Sid}}","final":true"""
                    + ""","status":{"overall":"APPROVED"} }""",
                $$"""{"scanRef":"{{at.Scan}}","final":true,"status":{"overall":"APPROVED"} }""",
                $$"""{"scanRef":"{{at.Scan}}\ud800","clientId":"{{asha.Sid}}","final":true"""
                    + ""","status":{"overall":"APPROVED"} }""",
            }
        )
            (await at.PostCallbackAsync(body, IdenfySignature.Sign(body, KycPortal.SigningKey))).Expect(200);
        Assert.Equal(before, await at.Portal.FactsAsync());
        // What is not surely final decides nothing; odd times and lists do not matter.
        var unsure = Body(at, "APPROVED", "\"true\"");
        (await at.PostCallbackAsync(unsure, IdenfySignature.Sign(unsure, KycPortal.SigningKey))).Expect(200);
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
        var odd =
            $$"""{"scanRef":"{{at.Scan}}","clientId":"{{asha.Sid}}","final":true"""
            + ""","finishTime":99999999999999999999,"AML":7,"LID":[null,"""
            + """3],"status":{"overall":"APPROVED","fraudTags":null,"denyReasons":{},"mismatchTags":[null"""
            + """,4]} }""";
        (await at.PostCallbackAsync(odd, IdenfySignature.Sign(odd, KycPortal.SigningKey))).Expect(200);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
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
        var body = Body(at, overall, final, finished);
        return (body, IdenfySignature.Sign(body, KycPortal.SigningKey));
    }

    private static string Body(KycPortal at, string overall, string final, DateTimeOffset? finished = null) =>
        $$"""{"final":{{final}},"status":{"overall":"{{overall}}"}"""
        + $$""","scanRef":"{{at.Scan}}","clientId":"{{at.Idenfy.Scans[^1].ClientId}}","finishTime":"""
        + $$"""{{finished?.ToUnixTimeSeconds().ToString() ?? "null"}} }""";

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

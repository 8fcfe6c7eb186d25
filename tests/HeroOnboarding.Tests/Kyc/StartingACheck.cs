using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>
/// Failures of iDenfy, concurrent requests, gates that close meanwhile, and crashes: one session, one link, the same
/// end.
/// </summary>
public sealed class StartingACheck
{
    [Theory, BothDatabases]
    public async Task When_iDenfy_is_in_trouble_the_same_session_goes_on_at_the_next_try(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        at.Idenfy.Token.Next(
            IdenfyAnswer.Broken,
            IdenfyAnswer.Unavailable,
            IdenfyAnswer.TooMany(TimeSpan.FromMinutes(7)),
            IdenfyAnswer.Malformed,
            IdenfyAnswer.Lost,
            IdenfyAnswer.Unauthorized,
            IdenfyAnswer.Refused(400, "PARTNER_CONTRACT_ERROR", "Jane Doe")
        );
        for (var n = 0; n < 7; n++)
        {
            var refused = (await asha.StartKycAsync()).ExpectRefusal(KycRefusals.KycUnavailable);
            Assert.Equal(TimeSpan.FromSeconds(n == 2 ? 420 : 30), refused.Response.Headers.RetryAfter?.Delta);
            Assert.Equal("pending/pending", await at.StateAsync(asha));
        }
        foreach (var error in new[] { "401 UNAUTHORIZED", "400 PARTNER_CONTRACT_ERROR" })
            Assert.Contains(
                at.Portal.Log.Lines,
                l => l.StartsWith("Error", StringComparison.Ordinal) && l.Contains(error, StringComparison.Ordinal)
            );
        Assert.DoesNotContain(at.Portal.Log.Lines, l => l.Contains("Jane", StringComparison.Ordinal));
        Assert.Equal("/kyc?refused=kyc.unavailable", await RefusedFormAsync(at, asha));
        Assert.Contains(
            "The identity check cannot be started right now.",
            await asha.KycPageAsync("/kyc?refused=kyc.unavailable"),
            StringComparison.Ordinal
        );
        (await asha.StartKycAsync()).Expect(303);
        var session = await at.Portal.ReadAsync(d => d.KycSessions.SingleAsync());
        Assert.All(
            at.Idenfy.Calls,
            c =>
                Assert.Equal(
                    (session.Sid, session.ClientId),
                    (c.Body.GetProperty("externalRef").GetString(), c.Body.GetProperty("clientId").GetString())
                )
        );
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task Silence_is_503_and_the_same_session_goes_on(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        at.Idenfy.Token.Next(IdenfyAnswer.Silence);
        var asking = asha.StartKycAsync();
        await CalledAsync(at, 1);
        at.Portal.Clock.Advance(TimeSpan.FromSeconds(20));
        (await asking).ExpectRefusal(KycRefusals.KycUnavailable);
        (await asha.StartKycAsync()).Expect(303);
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.KycSessions.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Two_at_once_are_one_session_and_one_link(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => asha.StartKycAsync()));
        Assert.Contains(replies, r => (int)r.Status == 303);
        Assert.All(
            replies,
            r => Assert.True((int)r.Status == 303 || r.Code == KycRefusals.KycUnavailable.Code, r.Body)
        );
        Assert.Single(replies.Where(r => (int)r.Status == 303).Select(r => r.Location).Distinct());
        Assert.Single(at.Idenfy.Calls);
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.KycSessions.CountAsync()));
        Assert.Equal(
            replies.First(r => r.Location is not null).Location,
            (await asha.StartKycAsync()).Expect(303).Location
        );
    }

    [Theory, BothDatabases]
    public async Task While_one_asks_another_is_told_to_wait_and_gets_the_link_afterwards(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        at.Idenfy.Token.Next(IdenfyAnswer.After(TimeSpan.FromSeconds(5)));
        var first = asha.StartKycAsync();
        await CalledAsync(at, 1);
        var wait = (await asha.StartKycAsync()).ExpectRefusal(KycRefusals.KycUnavailable);
        Assert.InRange(wait.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        at.Portal.Clock.Advance(TimeSpan.FromSeconds(5));
        var link = (await first).Expect(303).Location;
        Assert.Equal(link, (await asha.StartKycAsync()).Expect(303).Location);
        Assert.Single(at.Idenfy.Calls);
    }

    [Theory, BothDatabases]
    public async Task Gates_that_close_while_iDenfy_is_asked_send_nobody_away(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        foreach (
            var (login, act, refusal) in new[]
            {
                ("asha", "/admin/user-suspend", AccountRefusals.AccountSuspended),
                ("juma", "/admin/kyc-verify", KycRefusals.KycDone),
                ("lea", "/admin/kyc-unverify", KycRefusals.KycUnavailable),
            }
        )
        {
            var customer = await at.Portal.SignUpAsync(login);
            at.Idenfy.Token.Next(IdenfyAnswer.After(TimeSpan.FromSeconds(5)));
            var before = at.Idenfy.Calls.Count;
            var asking = customer.StartKycAsync();
            await CalledAsync(at, before + 1);
            (await at.Portal.AdminPostAsync(act, new { user_sid = customer.Sid, reason = "meanwhile" })).Expect(200);
            at.Portal.Clock.Advance(TimeSpan.FromSeconds(5));
            (await asking).ExpectRefusal(refusal);
            Assert.Equal(
                0,
                await at.Portal.ReadAsync(d =>
                    d.KycSessions.CountAsync(s =>
                        s.AccountSid == customer.Sid && s.State == HeroOnboarding.Accounts.KycStatus.Pending
                    )
                )
            );
        }
    }

    /// <summary>
    /// Every place where the work can stop: before and after each commit, and between iDenfy's answer and ours.
    /// </summary>
    public static TheoryData<Db, string, string> Crashes { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from at in new[]
            {
                ("before commit", "kyc.start"),
                ("after commit", "kyc.start"),
                ("after asking", "idenfy"),
                ("before commit", "kyc.link"),
                ("after commit", "kyc.link"),
                ("before commit", "kyc.verdict"),
                ("after commit", "kyc.verdict"),
            }
            select (db, at.Item1, at.Item2)
        );

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task After_a_crash_anywhere_the_end_is_the_same(Db db, string point, string act)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        at.Portal.Crash.Hook = (p, a) =>
        {
            if (p == point && a == act)
                throw new InvalidOperationException("crash");
        };
        var first = await asha.StartKycAsync();
        if (act != "kyc.verdict")
            first.Expect(500);
        else
            Assert.Equal(500, await at.Idenfy.DeliverAsync(await at.Idenfy.ApproveAsync(at.Scan)));
        await at.Portal.RestartAsync();
        asha = asha.Again();
        at.Portal.Clock.Advance(StartVerification.Asking + TimeSpan.FromMilliseconds(1));
        if (act != "kyc.verdict")
        {
            (await asha.StartKycAsync()).Expect(303);
            Assert.Equal(
                200,
                await at.Idenfy.DeliverAsync(
                    await at.Idenfy.ApproveAsync((await at.Portal.ReadAsync(d => d.KycSessions.SingleAsync())).ScanRef!)
                )
            );
        }
        else
        {
            await at.Idenfy.DeliverAllAsync();
        }
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.KycSessions.CountAsync()));
        // Only an answer that was lost between iDenfy and our commit costs a second token.
        Assert.Equal(act is "idenfy" || (point, act) is ("before commit", "kyc.link") ? 2 : 1, at.Idenfy.Scans.Count);
    }

    [Theory, BothDatabases]
    public async Task The_store_itself_keeps_one_live_session_per_account_and_one_session_per_scan(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        const string insert =
            "INSERT INTO kyc_sessions (sid, account_sid, provider, client_id, scan_ref, state, needs_review, "
            + "created_at) VALUES ({0}, {1}, 'idenfy', 'c', {2}, {3}, false, 1)";
        foreach (var live in new[] { "pending", "in_progress" })
            await at.Portal.RefusesAsync(
                Breach.Duplicate,
                "ux_kyc_sessions_live",
                insert,
                "another",
                asha.Sid,
                "other-scan",
                live
            );
        await at.Portal.AcceptsAsync(insert, "another", asha.Sid, "other-scan", "failed");
        await at.Portal.RefusesAsync(
            Breach.Duplicate,
            "ux_kyc_sessions_scan",
            insert,
            "third",
            asha.Sid,
            "other-scan",
            "failed"
        );
        await at.Portal.RefusesAsync(
            Breach.Check,
            "ck_kyc_sessions_state",
            insert,
            "third",
            asha.Sid,
            "third-scan",
            "verified"
        );
        await at.Portal.RefusesAsync(Breach.ForeignKey, "accounts", insert, "third", "nobody", "third-scan", "failed");
    }

    private static async Task CalledAsync(KycPortal at, int times)
    {
        while (at.Idenfy.Calls.Count < times)
            await Task.Delay(1);
    }

    private static async Task<string?> RefusedFormAsync(KycPortal at, Customer asha)
    {
        at.Idenfy.Token.Next(IdenfyAnswer.Broken);
        return (await asha.Browser.SubmitAsync("/kyc", "/kyc/start")).Expect(303).Location;
    }
}

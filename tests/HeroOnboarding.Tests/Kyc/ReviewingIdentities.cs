using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>
/// Suspected identities wait for an operator, and earlier verdicts do not undo the decision of an operator.
/// </summary>
public sealed class ReviewingIdentities
{
    public static TheoryData<Db, string> Doubts { get; } =
        new(
            from db in Enum.GetValues<Db>()
            from tag in new[]
            {
                "DUPLICATE_FACE",
                "DUPLICATE_DOC_FACE",
                "FACE_BLACKLISTED",
                IdenfyVerdict.WatchList,
                "LID_SUSPECTION",
                "NAME",
                "DOB",
                "an odd tag",
            }
            select (db, tag)
        );

    [Theory]
    [MemberData(nameof(Doubts))]
    public async Task Suspected_people_and_approved_ones_with_doubts_wait_for_an_operator(Db db, string tag)
    {
        await using var at = await KycPortal.StartAsync(db);
        foreach (var (login, overall) in new[] { ("asha", "SUSPECTED"), ("juma", "APPROVED") })
        {
            var customer = await at.StartedAsync(login);
            await at.SaysAsync(at.Idenfy.DecideAsync(at.Scan, IdenfyVerdict.Suspected(tag) with { Overall = overall }));
            Assert.Equal("in_progress/in_progress+review", await at.StateAsync(customer));
            Assert.Contains("Under review", await customer.KycPageAsync(), StringComparison.Ordinal);
            (await customer.StartKycAsync()).ExpectRefusal(KycRefusals.KycUnderReview);
            (await customer.ResetKycAsync()).ExpectRefusal(KycRefusals.KycUnderReview);
        }
        var waiting = (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-kyc-sessions?review=waiting"))
            .Expect(200)
            .Json.GetProperty("rows");
        Assert.Equal(2, waiting.GetArrayLength());
        Assert.Equal(
            tag.Contains(' ', StringComparison.Ordinal) ? null : tag,
            waiting[0].TryGetProperty("reasons", out var reasons) ? reasons.GetString() : null
        );
    }

    [Theory, BothDatabases]
    public async Task How_a_picture_was_taken_is_no_doubt_about_a_person(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await at.SaysAsync(
            at.Idenfy.DecideAsync(at.Scan, IdenfyVerdict.Suspected("AUTO_UNVERIFIABLE") with { Overall = "APPROVED" })
        );
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task An_operator_approves_and_denies_with_a_reason(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var (asha, ashas) = await SuspectedAsync(at, "asha");
        var (juma, jumas) = await SuspectedAsync(at, "juma");
        (await DecideAsync(at, ashas, true, "no")).ExpectRefusal(Refusals.ReasonRequired);
        (await DecideAsync(at, Route.UnknownSid, true)).ExpectRefusal(Refusals.NotFound);
        (
            await at.Portal.AdminPostAsync("/admin/kyc-decide", new { session_sid = ashas, reason = "seen" })
        ).ExpectRefusal(Refusals.BodyInvalid);
        Assert.Equal("in_progress/in_progress+review", await at.StateAsync(asha));
        Assert.Equal("completed", (await DecideAsync(at, ashas, true)).Expect(200).Text("kyc_status"));
        Assert.Equal("failed", (await DecideAsync(at, jumas, false)).Expect(200).Text("kyc_status"));
        Assert.Equal(("completed/completed", "failed/failed"), (await at.StateAsync(asha), await at.StateAsync(juma)));
        (await DecideAsync(at, ashas, false)).ExpectRefusal(KycRefusals.KycDecided);
        await at.Idenfy.DeliverAsync(at.Idenfy.Callbacks[0]);
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        (await juma.StartKycAsync()).Expect(303);
    }

    [Theory, BothDatabases]
    public async Task An_older_verdict_does_not_overturn_an_operator_and_a_newer_one_does(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        foreach (
            var (login, act, older, newer, after) in new[]
            {
                ("asha", "kyc-verify", IdenfyVerdict.Denied(), IdenfyVerdict.Denied("DOC_FAKE"), KycStatus.Failed),
                ("juma", "kyc-unverify", IdenfyVerdict.Approved, IdenfyVerdict.Approved, KycStatus.Completed),
            }
        )
        {
            var customer = await at.StartedAsync(login);
            var said = await at.Idenfy.DecideAsync(at.Scan, older);
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
            (
                await at.Portal.AdminPostAsync(
                    "/admin/" + act,
                    new { user_sid = customer.Sid, reason = "looked myself" }
                )
            ).Expect(200);
            var decided = await at.AccountAsync(customer);
            await at.SaysAsync(Task.FromResult(said));
            Assert.Equal(
                (decided.KycStatus, decided.KycVerifiedAt),
                ((await at.AccountAsync(customer)).KycStatus, (await at.AccountAsync(customer)).KycVerifiedAt)
            );
            at.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
            await at.SaysAsync(at.Idenfy.ResubmitAsync(at.Scan, newer));
            Assert.Equal(after, (await at.AccountAsync(customer)).KycStatus);
        }
    }

    [Theory, BothDatabases]
    public async Task Somebody_verified_by_hand_stays_so_when_an_open_check_runs_out(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await asha.PassKycAsync();
        Assert.Contains("Verified on", await asha.KycPageAsync(), StringComparison.Ordinal);
        await at.SaysAsync(at.Idenfy.ExpireAsync(at.Scan));
        Assert.Equal("completed/expired", await at.StateAsync(asha));
        var (juma, _) = await SuspectedAsync(at, "juma");
        await juma.PassKycAsync();
        Assert.Equal("completed/completed", await at.StateAsync(juma));
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.KycSessions.CountAsync(s => s.NeedsReview)));
        (
            await at.Portal.AdminPostAsync("/admin/kyc-unverify", new { user_sid = juma.Sid, reason = "was a mistake" })
        ).Expect(200);
        Assert.Equal("pending/expired", await at.StateAsync(juma));
        (await juma.StartKycAsync()).Expect(303);
        Assert.Equal("in_progress/in_progress", await at.StateAsync(juma));
    }

    [Theory, BothDatabases]
    public async Task The_list_is_searched_and_narrowed_and_shows_no_links(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var (asha, session) = await SuspectedAsync(at, "asha");
        var juma = await at.StartedAsync("juma");
        await at.SaysAsync(at.Idenfy.DenyAsync(at.Scan));
        await at.StartedAsync("lea");
        foreach (
            var (query, logins) in new[]
            {
                ("", "lea juma asha"),
                ("?sort=created", "asha juma lea"),
                ("?q=JUM", "juma"),
                ("?q=" + asha.Sid, "asha"),
                ("?q=" + session, "asha"),
                ("?q=" + at.Scan[..13], "lea"),
                ("?q=DOC_EXP", "juma"),
                ("?state=in_progress", "lea asha"),
                ("?state=failed", "juma"),
                ("?review=waiting", "asha"),
                ("?q=nobody", ""),
                ("?size=1", "lea"),
                ("?q=%25", ""),
            }
        )
        {
            var reply = (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-kyc-sessions" + query)).Expect(200);
            Assert.Equal(
                (query, logins),
                (
                    query,
                    string.Join(
                        ' ',
                        reply
                            .Json.GetProperty("rows")
                            .EnumerateArray()
                            .Select(r => r.GetProperty("user_login").GetString())
                    )
                )
            );
            Assert.DoesNotContain("authToken", reply.Body, StringComparison.OrdinalIgnoreCase);
        }
        (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-kyc-sessions?state=verified")).ExpectRefusal(
            Refusals.QueryInvalid
        );
        (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-kyc-sessions?review=yes")).ExpectRefusal(
            Refusals.QueryInvalid
        );
        Assert.Equal(juma.Sid, (await at.AccountAsync(juma)).Sid);
    }

    [Theory, BothDatabases]
    public async Task Operators_see_which_identities_wait_for_a_decision(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var operators = await Route.OperatorAsync(at.Portal);
        Assert.Contains(
            "Nothing here yet",
            (await operators.OpenAsync("/admin/kyc")).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "Identity to review",
            (await operators.OpenAsync("/admin")).Body,
            StringComparison.Ordinal
        );
        var (asha, _) = await SuspectedAsync(at, "asha");
        Assert.Contains(
            "Identity to review 1 person waits until somebody decides",
            Markup.Text((await operators.OpenAsync("/admin")).Body),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "KYC 1",
            Markup.Text((await operators.OpenAsync("/admin/setup")).Body),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "DUPLICATE_FACE",
            (await operators.OpenAsync("/admin/users/" + asha.Sid)).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task An_operator_decides_on_the_page(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var operators = await Route.OperatorAsync(at.Portal);
        var (asha, session) = await SuspectedAsync(at, "asha");
        var fields = new Dictionary<string, string>
        {
            ["session_sid"] = session,
            ["approve"] = "true",
            ["reason"] = "compared the pictures",
        };
        Assert.Equal(
            "/admin/kyc?decided=" + session,
            (await operators.SubmitAsync("/admin/kyc?review=waiting", "/admin/kyc-decide", fields)).Expect(303).Location
        );
        Assert.Contains(
            "The identity was decided",
            (await operators.OpenAsync("/admin/kyc?decided=" + session)).Body,
            StringComparison.Ordinal
        );
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        Assert.Contains(
            "compared the pictures",
            (await at.Portal.AdminAsync(HttpMethod.Get, "/admin/list-audit?act=kyc.decide")).Body,
            StringComparison.Ordinal
        );
    }

    private static async Task<(Customer Customer, string Session)> SuspectedAsync(KycPortal at, string login)
    {
        var customer = await at.StartedAsync(login);
        await at.SaysAsync(at.Idenfy.SuspectAsync(at.Scan, "DUPLICATE_FACE"));
        return (customer, (await at.SessionAsync()).Sid);
    }

    private static Task<Reply> DecideAsync(
        KycPortal at,
        string session,
        bool approve,
        string reason = "looked at the scan"
    ) =>
        at.Portal.AdminPostAsync(
            "/admin/kyc-decide",
            new
            {
                session_sid = session,
                approve,
                reason,
            }
        );
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Kyc;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>The way of a person through a check, by HTTP, against the simulated iDenfy.</summary>
public sealed class GettingVerified
{
    [Theory, BothDatabases]
    public async Task From_the_button_to_a_plan(Db db)
    {
        await using var at = await KycPortal.StartAsync(db, Portal.Machines(1));
        var asha = await at.Portal.SignUpAsync("asha");
        Assert.Contains("Not verified yet", await asha.KycPageAsync(), StringComparison.Ordinal);
        (await asha.BuyPlanAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        var away = (await asha.Browser.SubmitAsync("/kyc", "/kyc/start")).Expect(303);
        Assert.Equal(
            $"{at.Idenfy.Address}api/v2/redirect?authToken={at.Idenfy.Scans.Single().AuthToken}",
            away.Location
        );
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
        Assert.Contains("Being checked", await asha.KycPageAsync(), StringComparison.Ordinal);
        (await asha.BuyPlanAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        Assert.Equal(away.Location, (await asha.Browser.SendAsync(HttpMethod.Get, "/kyc/start")).Expect(303).Location);
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        Assert.Contains("Verified on", await asha.KycPageAsync(), StringComparison.Ordinal);
        (await asha.StartKycAsync()).ExpectRefusal(KycRefusals.KycDone);
        (await asha.ResetKycAsync()).ExpectRefusal(KycRefusals.KycDone);
        Assert.Equal("/kyc", (await asha.Browser.SendAsync(HttpMethod.Get, "/kyc/start")).Expect(303).Location);
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        Assert.Equal((0, 0), (at.Idenfy.WastedTokens, at.Idenfy.Polls));
    }

    [Theory, BothDatabases]
    public async Task Denied_and_expired_may_try_again_as_the_same_client(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await at.SaysAsync(at.Idenfy.DenyAsync(at.Scan, "DOC_TOO_BLURRY"));
        Assert.Equal("failed/failed", await at.StateAsync(asha));
        var page = await asha.KycPageAsync();
        Assert.Contains("Not accepted", page, StringComparison.Ordinal);
        Assert.Contains("The picture of the document was too blurry.", page, StringComparison.Ordinal);
        (await asha.Browser.SubmitAsync("/kyc", "/kyc/start")).Expect(303);
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
        await at.SaysAsync(at.Idenfy.ExpireAsync(at.Scan));
        Assert.Equal("expired/expired", await at.StateAsync(asha));
        Assert.Contains("Expired", await asha.KycPageAsync(), StringComparison.Ordinal);
        (await asha.StartKycAsync()).Expect(303);
        Assert.All(at.Idenfy.Scans, s => Assert.Equal(asha.Sid, s.ClientId));
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
        Assert.Equal(0, at.Idenfy.WastedTokens);
    }

    [Theory, BothDatabases]
    public async Task Turning_away_is_like_running_out_whatever_iDenfy_calls_it(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        foreach (
            var (word, without) in new[]
            {
                ("EXPIRED", true),
                ("CANCELLED", true),
                ("EXPIRED-DELETED", false),
                ("DELETED", false),
                ("ARCHIVED", true),
            }
        )
        {
            (await asha.StartKycAsync()).Expect(303);
            at.Idenfy.WithoutFinal = without;
            await at.SaysAsync(at.Idenfy.CancelAsync(at.Scan, word));
            Assert.Equal("expired/expired", await at.StateAsync(asha));
        }
        Assert.Equal(5, at.Idenfy.Scans.Count);
    }

    [Theory, BothDatabases]
    public async Task A_link_whose_time_is_over_counts_as_expired_before_anybody_says_so(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        var first = at.Scan;
        var end = (await at.SessionAsync()).ExpiresAt!.Value;
        at.Portal.Clock.Advance(end - at.Portal.Now);
        asha = await at.Portal.SignUpAsync("asha");
        Assert.Contains("Being checked", await asha.KycPageAsync(), StringComparison.Ordinal);
        at.Portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Contains("Expired", await asha.KycPageAsync(), StringComparison.Ordinal);
        Assert.Equal("/kyc", (await asha.Browser.SendAsync(HttpMethod.Get, "/kyc/start")).Expect(303).Location);
        (await asha.StartKycAsync()).Expect(303);
        Assert.NotEqual(first, at.Scan);
        Assert.Equal(["expired", "in_progress"], await StatesAsync(at));
        Assert.Equal(0, at.Idenfy.WastedTokens);
        // What iDenfy says late about the first link changes nothing any more.
        await at.Idenfy.DeliverAllAsync();
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task Starting_over_makes_a_new_client_once_and_only_after_a_check_ended_badly(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.Portal.SignUpAsync("asha");
        (await asha.ResetKycAsync()).ExpectRefusal(KycRefusals.KycNothingToReset);
        (await asha.StartKycAsync()).Expect(303);
        (await asha.ResetKycAsync()).ExpectRefusal(KycRefusals.KycNothingToReset);
        await at.SaysAsync(at.Idenfy.ApproveByMachineAsync(at.Scan));
        (await asha.ResetKycAsync()).ExpectRefusal(KycRefusals.KycUnderReview);
        await at.SaysAsync(at.Idenfy.DenyAsync(at.Scan));
        Assert.Equal("/kyc?done=reset", (await asha.Browser.SubmitAsync("/kyc", "/kyc/reset")).Expect(303).Location);
        Assert.Equal(asha.Sid + "-1", (await asha.ResetKycAsync()).Expect(200).Text("client_id"));
        Assert.Contains("You start over.", await asha.KycPageAsync("/kyc?done=reset"), StringComparison.Ordinal);
        (await asha.StartKycAsync()).Expect(303);
        await at.SaysAsync(at.Idenfy.ExpireAsync(at.Scan));
        Assert.Equal(asha.Sid + "-2", (await asha.ResetKycAsync()).Expect(200).Text("client_id"));
        (await asha.StartKycAsync()).Expect(303);
        Assert.Equal([asha.Sid, asha.Sid + "-1", asha.Sid + "-2"], at.Idenfy.Scans.Select(s => s.ClientId));
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task Somebody_who_is_suspended_is_not_sent_away(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        (await at.Portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        (await asha.StartKycAsync()).ExpectRefusal(AccountRefusals.AccountSuspended);
        (await asha.ResetKycAsync()).ExpectRefusal(AccountRefusals.AccountSuspended);
        Assert.Equal("/kyc", (await asha.Browser.SendAsync(HttpMethod.Get, "/kyc/start")).Expect(303).Location);
        Assert.Equal(
            "/kyc?refused=account.suspended",
            (await asha.Browser.PostFormAsync("/kyc/start", await TokenAsync(asha))).Expect(303).Location
        );
        Assert.Single(at.Idenfy.Calls);
    }

    [Theory, BothDatabases]
    public async Task A_made_up_result_verifies_without_a_page(Db db)
    {
        await using var at = await KycPortal.StartAsync(
            db,
            more: new Dictionary<string, string?> { ["IDENFY_DEV_MODE"] = "approved", ["IDENFY_ENVIRONMENT"] = "dev" }
        );
        var asha = await at.Portal.SignUpAsync("asha");
        Assert.Equal("/kyc", (await asha.StartKycAsync()).Expect(303).Location);
        Assert.Equal("/kyc", (await asha.StartKycAsync()).Expect(303).Location);
        Assert.Single(at.Idenfy.Calls);
        Assert.Contains("The result is on its way", await asha.KycPageAsync(), StringComparison.Ordinal);
        await at.SaysAsync(Task.FromResult(at.Idenfy.Callbacks.Single()));
        Assert.Equal("completed/completed", await at.StateAsync(asha));
    }

    [Theory, BothDatabases]
    public async Task What_was_chosen_before_is_bought_when_the_verdict_comes(Db db)
    {
        await using var at = await KycPortal.StartAsync(db, Portal.Machines(1));
        var asha = await at.StartedAsync("asha");
        await asha.TopUpAsync(1000);
        await at.Portal.AcceptsAsync(
            "INSERT INTO purchase_intents (sid, account_sid, plan_id, price, state, created_at, expires_at) VALUES "
                + "('wish', {0}, 'vms-5', 10000000, 'waiting', 1, {1})",
            asha.Sid,
            Instants.ToMicros(at.Portal.Now.AddDays(1))
        );
        await at.SaysAsync(at.Idenfy.ApproveAsync(at.Scan));
        await at.Portal.DeliverAsync();
        Assert.Equal(1, await at.Portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    private static Task<List<string>> StatesAsync(KycPortal at) =>
        at.Portal.ReadAsync(async d =>
            (await d.KycSessions.OrderBy(s => s.Sid).Select(s => s.State).ToListAsync()).ConvertAll(Names.Of)
        );

    /// <summary>A page that always has a form, for tests that post where no button is shown.</summary>
    private static async Task<Dictionary<string, string>> TokenAsync(Customer customer)
    {
        var fields = Markup.Fields((await customer.Browser.OpenAsync("/account")).Expect(200).Body, "/logout");
        return new() { ["__RequestVerificationToken"] = fields["__RequestVerificationToken"] };
    }
}

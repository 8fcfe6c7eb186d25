using HeroOnboarding.Kyc;
using HeroOnboarding.Simulators.Idenfy;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Kyc;

/// <summary>
/// What people read about their verification, where no provider is set up, and on the phone they took the picture with.
/// </summary>
public sealed class PagesAboutVerification
{
    [Fact]
    public async Task The_page_says_who_checks_what_they_see_what_is_kept_and_how_long_it_takes()
    {
        await using var at = await KycPortal.StartAsync(
            Db.Sqlite,
            more: new Dictionary<string, string?> { ["SUPPORT_URL"] = "https://help.example.org/" }
        );
        var asha = await at.Portal.SignUpAsync("asha");
        var page = await asha.KycPageAsync();
        foreach (
            var text in new[]
            {
                "Who checks iDenfy",
                "What they see",
                "What we keep The result, its reference",
                "Never documents",
                "Usually minutes, up to a day. You may close this page.",
                "Contact support",
                "Start",
            }
        )
            Assert.Contains(text, page, StringComparison.Ordinal);
        foreach (
            var (path, link) in new[]
            {
                ("/account", "href=\"/kyc\""),
                ("/dashboard?refused=kyc.required", "href=\"/kyc\""),
            }
        )
            Assert.Contains(link, (await asha.Browser.OpenAsync(path)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_looks_again_by_itself_while_something_may_change_and_has_a_link_for_it()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        var asha = await at.Portal.SignUpAsync("asha");
        async Task LooksAsync(bool again)
        {
            foreach (var path in new[] { "/kyc", "/kyc/state", "/kyc/return?status=whatever" })
            {
                var body = (await asha.Browser.OpenAsync(path)).Expect(200).Body;
                Assert.Equal(
                    (path, again, again),
                    (
                        path,
                        body.Contains("data-poll", StringComparison.Ordinal),
                        body.Contains("Look again", StringComparison.Ordinal)
                    )
                );
                Assert.Equal((path, path != "/kyc/state"), (path, body.Contains("<html", StringComparison.Ordinal)));
            }
        }

        await LooksAsync(again: false);
        (await asha.StartKycAsync()).Expect(303);
        await LooksAsync(again: true);
        await at.SaysAsync(at.Idenfy.ApproveByMachineAsync(at.Scan));
        Assert.Contains("Your part is done.", await asha.KycPageAsync(), StringComparison.Ordinal);
        await LooksAsync(again: true);
        await at.SaysAsync(at.Idenfy.DenyAsync(at.Scan));
        await LooksAsync(again: false);
    }

    [Theory, BothDatabases]
    public async Task Who_is_approved_while_the_page_is_made_is_never_told_to_start(Db db)
    {
        await using var at = await KycPortal.StartAsync(db);
        var asha = await at.StartedAsync("asha");
        await using var store = at.Portal.Database.Read();
        using var tap = new StatementTap(store.Database.GetDbConnection());
        var (callback, came) = (await at.Idenfy.ApproveAsync(at.Scan), 0);
        tap.After = sql =>
        {
            // After the first of the page's own looks.
            if (
                (
                    sql.Contains("kyc_sessions", StringComparison.Ordinal)
                    || sql.Contains("FROM accounts", StringComparison.Ordinal)
                )
                && !sql.Contains("id_hash", StringComparison.Ordinal)
                && Interlocked.Exchange(ref came, 1) == 0
            )
                Task.Run(() => at.Idenfy.DeliverAsync(callback)).GetAwaiter().GetResult();
        };
        var body = (await asha.Browser.OpenAsync("/kyc/state")).Expect(200).Body;
        Assert.Equal((1, "completed/completed"), (came, await at.StateAsync(asha)));
        Assert.DoesNotContain("Not verified yet", Markup.Text(body), StringComparison.Ordinal);
        Assert.True(
            body.Contains("data-poll", StringComparison.Ordinal)
                || Markup.Text(body).Contains("Verified on", StringComparison.Ordinal),
            body
        );
    }

    [Fact]
    public async Task The_way_back_thanks_everybody_tells_strangers_nothing_and_changes_nothing()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        var asha = await at.StartedAsync("asha");
        var before = await at.Portal.FactsAsync();
        var query = $"?status=APPROVED&final=true&scanRef={at.Scan}&clientId={asha.Sid}&success=1";
        var stranger = (await at.Portal.Browser().OpenAsync("/kyc/return" + query)).Expect(200).Body;
        Assert.Contains("You may close this page.", stranger, StringComparison.Ordinal);
        foreach (var secret in new[] { asha.Sid, at.Scan, "Your identity", "data-poll", "APPROVED" })
            Assert.DoesNotContain(secret, stranger, StringComparison.Ordinal);
        var mine = await asha.KycPageAsync("/kyc/return" + query);
        Assert.Contains("Thank you", mine, StringComparison.Ordinal);
        Assert.Contains("Being checked", mine, StringComparison.Ordinal);
        Assert.Equal(before, await at.Portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task Where_no_provider_is_set_up_the_routes_are_off_and_the_page_says_whom_to_ask(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        (await asha.StartKycAsync()).ExpectRefusal(KycRefusals.KycOff);
        (await asha.ResetKycAsync()).ExpectRefusal(KycRefusals.KycOff);
        (await asha.Browser.SendAsync(HttpMethod.Get, "/kyc/start")).ExpectRefusal(KycRefusals.KycOff);
        var body = System.Text.Encoding.UTF8.GetBytes("{}");
        (await KycPortal.PostCallbackAsync(portal, body, IdenfySignature.Sign(body, ""))).ExpectRefusal(
            KycRefusals.KycOff
        );
        var page = (await asha.Browser.OpenAsync("/kyc")).Expect(200).Body;
        Assert.Contains(asha.Sid, page, StringComparison.Ordinal);
        Assert.DoesNotContain("/kyc/start", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/kyc/reset", page, StringComparison.Ordinal);
        Assert.Contains(
            "The operator of this site verifies identities.",
            (await asha.Browser.OpenAsync("/account")).Body,
            StringComparison.Ordinal
        );
        await asha.PassKycAsync();
        Assert.Contains("Verified on", await asha.KycPageAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "Nothing here yet",
            (await (await Conventions.Route.OperatorAsync(portal)).OpenAsync("/admin/kyc")).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_link_of_another_provider_address_is_not_followed()
    {
        await using var at = await KycPortal.StartAsync(Db.Sqlite);
        var asha = await at.StartedAsync("asha");
        await using (var db = at.Portal.Database.OpenWrite())
            await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRawAsync(
                db.Database,
                "UPDATE kyc_sessions SET url = 'https://evil.example/'"
            );
        Assert.Equal("/kyc", (await asha.Browser.SendAsync(HttpMethod.Get, "/kyc/start")).Expect(303).Location);
        Assert.StartsWith(
            at.Idenfy.Address.ToString(),
            (await asha.StartKycAsync()).Expect(303).Location,
            StringComparison.Ordinal
        );
        Assert.Equal("in_progress/in_progress", await at.StateAsync(asha));
    }
}

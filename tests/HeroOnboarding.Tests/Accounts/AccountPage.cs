using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Accounts;

public sealed class AccountPage
{
    [Theory, BothDatabases]
    public async Task It_says_who_I_am_and_what_happened_without_the_operators_notes(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha", "4200");
        Assert.Contains("Not verified yet", await OpenAsync(asha), StringComparison.Ordinal);
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        (await asha.BuyPlanAsync(startNow: true)).Expect(201);
        var page = Markup.Text(await OpenAsync(asha));
        foreach (
            var words in new[]
            {
                "asha",
                "4200",
                "at https://forge.test",
                asha.Sid,
                "Verified",
                "Identity verified",
                "by the operator",
                "Credit changed",
                "Plan bought",
                "Signed in",
                "by you",
            }
        )
            Assert.Contains(words, page, StringComparison.Ordinal);
        Assert.Contains("vm-0001 lease 1 Active", page, StringComparison.Ordinal);
        Assert.DoesNotContain("passport seen", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Signing_out_everywhere_ends_the_other_browser_too_and_says_what_it_does_not_do(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (laptop, phone) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("asha"));
        var page = Markup.Text(await OpenAsync(laptop));
        Assert.Contains("Signed in at 2 places", page, StringComparison.Ordinal);
        Assert.Contains("It does not sign you out of cockpits.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/logout/everywhere", await OpenAsync(laptop), StringComparison.Ordinal);
        Assert.Contains(
            "href=\"/account/sign-out-everywhere\">Sign out everywhere</a>",
            await OpenAsync(laptop),
            StringComparison.Ordinal
        );
        var question = Markup.Text((await laptop.Browser.OpenAsync("/account/sign-out-everywhere")).Expect(200).Body);
        Assert.Contains("Sign out everywhere? You are signed in at 2 places.", question, StringComparison.Ordinal);
        Assert.Contains("It does not sign you out of cockpits.", question, StringComparison.Ordinal);
        (await phone.Browser.OpenAsync("/account")).Expect(200);
        var gone = (await laptop.Browser.SubmitAsync("/account/sign-out-everywhere", "/logout/everywhere")).Expect(303);
        Assert.Equal("/?signed_out=1", gone.Location);
        Assert.Contains(
            "You are signed out.",
            (await laptop.Browser.OpenAsync(gone.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal("/login", (await phone.Browser.OpenAsync("/account")).At.AbsolutePath);
    }

    [Fact]
    public async Task A_suspended_person_reads_so_but_not_why_in_the_operators_words()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        (
            await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "looks like fraud" })
        ).Expect(200);
        var page = await OpenAsync(asha);
        Assert.Contains(AccountRefusals.AccountSuspended.Title, page, StringComparison.Ordinal);
        Assert.Contains("Account suspended", page, StringComparison.Ordinal);
        Assert.DoesNotContain("fraud", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task A_long_history_is_paged(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        for (var i = 0; i < 51; i++)
        {
            portal.Clock.Advance(TimeSpan.FromMilliseconds(2));
            await asha.TopUpAsync(100);
        }
        var older = System
            .Text.RegularExpressions.Regex.Match(await OpenAsync(asha), "/account\\?after=[0-9A-Z]{26}")
            .Value;
        var page = await OpenAsync(asha, older);
        Assert.Contains("Signed in", page, StringComparison.Ordinal);
        Assert.Contains("Newest", page, StringComparison.Ordinal);
        Assert.Contains(
            "Nothing older",
            await OpenAsync(asha, "/account?after=00000000000000000000000000"),
            StringComparison.Ordinal
        );
    }

    private static async Task<string> OpenAsync(Customer customer, string page = "/account") =>
        (await customer.Browser.OpenAsync(page)).Expect(200).Body;
}

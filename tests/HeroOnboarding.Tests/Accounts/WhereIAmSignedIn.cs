using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>Customers see their sessions and sign-ins, and end sessions that are not theirs.</summary>
public sealed class WhereIAmSignedIn
{
    [Theory, BothDatabases]
    public async Task Each_browser_is_listed_and_one_can_be_signed_out(Db db)
    {
        await using var at = await MyceliumPortal.StartAsync(db);
        var (here, there) = (await at.SignInAsync(), await at.SignInAsync());
        at.Portal.Clock.Advance(TimeSpan.FromMinutes(30));
        var text = Markup.Text((await here.OpenAsync("/account")).Expect(200).Body);
        Assert.Contains("Signed in at 2 places", text, StringComparison.Ordinal);
        Assert.Contains("This browser", text, StringComparison.Ordinal);
        Assert.Contains("with Mycelium · last seen", text, StringComparison.Ordinal);
        Assert.Equal(
            "/account?ended=1",
            (await here.SubmitAsync("/account", "/account/end-session")).Expect(303).Location
        );
        Assert.Equal("/login", (await there.OpenAsync("/account")).At.AbsolutePath);
        (await here.OpenAsync("/account")).Expect(200);
    }

    [Fact]
    public async Task Other_peoples_sessions_and_unknown_ones_are_not_found()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("juma"));
        var theirs = await portal.ReadAsync(d =>
            d.Sessions.Where(s => s.AccountSid == juma.Sid).Select(s => s.IdHash).SingleAsync()
        );
        var foreign = (await asha.PostAsync("/account/end-session", new { session = theirs })).ExpectRefusal(
            Refusals.NotFound
        );
        var unknown = (
            await asha.PostAsync("/account/end-session", new { session = new string('A', 64) })
        ).ExpectRefusal(Refusals.NotFound);
        Assert.Equal(foreign.Body.Length, unknown.Body.Length);
        (await asha.PostAsync("/account/end-session", new { })).ExpectRefusal(Refusals.NotFound);
        (await juma.Browser.OpenAsync("/account")).Expect(200);
    }

    [Fact]
    public async Task The_history_of_sign_ins_says_how_and_where_and_nothing_else()
    {
        await using var at = await TwoWaysIn.StartAsync();
        var asha = await at.ByForgeAsync();
        await asha.PassKycAsync();
        (await TwoWaysIn.ConfirmAsync(asha.Browser, await at.OfferAddressAsync(asha.Browser, "asha"))).Expect(303);
        var page = (await asha.Browser.OpenAsync("/account/history")).Expect(200);
        var text = Markup.Text(page.Body);
        foreach (
            var words in new[]
            {
                "Signed in",
                "Forge · an unknown device",
                "Identity linked",
                "Mycelium · " + at.AddressOf("asha"),
                "by you",
            }
        )
            Assert.Contains(words, text, StringComparison.Ordinal);
        Assert.DoesNotContain("Identity verified", text, StringComparison.Ordinal);
        Assert.DoesNotContain("passport", text, StringComparison.Ordinal);
    }
}

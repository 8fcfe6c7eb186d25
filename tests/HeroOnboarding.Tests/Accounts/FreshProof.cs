using System.Text.RegularExpressions;
using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// An open session alone cannot change how its customer signs in. That needs a proof of the last ten minutes.
/// </summary>
public sealed class FreshProof
{
    [Theory, BothDatabases]
    public async Task Ten_minutes_after_the_sign_in_a_proof_is_asked_for_and_a_code_is_one(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var asha = await at.ByForgeAsync();
        var signedIn = await at.Portal.ReadAsync(d => d.Sessions.Select(s => s.CreatedAt).SingleAsync());
        (await TwoWaysIn.ConfirmAsync(asha.Browser, await at.OfferAddressAsync(asha.Browser, "asha"))).Expect(303);
        at.Portal.Clock.SetUtcNow(signedIn + Proof.Life);
        (await asha.PostAsync("/account/unlink-mycelium", new { })).Expect(200);
        (await asha.PostAsync("/account/link-mycelium", new { address = at.AddressOf("asha") })).Expect(201);
        at.Portal.Clock.Advance(TimeSpan.FromMicroseconds(1));
        (await asha.PostAsync("/account/link-mycelium", new { address = at.AddressOf("asha") })).ExpectRefusal(
            AccountRefusals.ProofRequired
        );
        Assert.Equal(
            "/account/prove?return_url=%2Faccount&refused=proof.required",
            (
                await asha.Browser.SubmitAsync(
                    "/account",
                    "/account/link-mycelium",
                    new Dictionary<string, string> { ["address"] = at.AddressOf("asha") }
                )
            )
                .Expect(303)
                .Location
        );
        var juma = await at.ByAddressAsync("juma");
        at.Portal.Clock.Advance(Proof.Life);
        (await juma.PostAsync("/account/link-forge", new { })).ExpectRefusal(AccountRefusals.ProofRequired);
        var page = (await juma.Browser.SubmitAsync("/account/prove", "/account/prove-mycelium")).Expect(303).Location!;
        // A proof is no sign-in: in another browser the code has no effect.
        (await MyceliumPortal.VerifyAsync(at.Portal.Browser(), page[^26..], at.Code("juma"))).ExpectRefusal(
            MyceliumRefusals.ChallengeFailed
        );
        Assert.Equal(
            "/account?proven=1",
            (await MyceliumPortal.EnterAsync(juma.Browser, page, at.Code("juma"))).Expect(303).Location
        );
        (await juma.PostAsync("/account/link-forge", new { })).Expect(303);
    }

    [Fact]
    public async Task Being_sent_straight_back_by_the_forge_is_no_proof()
    {
        await using var at = await TwoWaysIn.StartAsync();
        var asha = await at.ByForgeAsync();
        at.Portal.Clock.Advance(Proof.Life + TimeSpan.FromSeconds(1));
        async Task<string> ProveAsync()
        {
            var away = (await asha.Browser.SubmitAsync("/account/prove", "/account/prove-forge")).Expect(303).Location!;
            Assert.Contains("prompt=login", away, StringComparison.Ordinal);
            Assert.Contains("max_age=0", away, StringComparison.Ordinal);
            return (await asha.Browser.OpenAsync(away)).Expect(200).At.PathAndQuery;
        }
        var notFresh = "/account/prove?return_url=%2Faccount&refused=" + AccountRefusals.ProofNotFresh.Code;
        Assert.Matches("^" + Regex.Escape(notFresh) + "&trace=[0-9a-f]{32}$", await ProveAsync());
        at.Forge.Knobs.AuthTime = at.Portal.Now - Proof.Life - TimeSpan.FromSeconds(2);
        Assert.Contains("refused=proof.not_fresh", await ProveAsync(), StringComparison.Ordinal);
        (await asha.PostAsync("/account/link-mycelium", new { address = at.AddressOf("asha") })).ExpectRefusal(
            AccountRefusals.ProofRequired
        );
        at.Forge.Knobs.AuthTime = at.Portal.Now;
        at.Forge.Knobs.AutoSignInAs = "juma";
        Assert.Contains("refused=" + AccountRefusals.ProofOfAnother.Code, await ProveAsync(), StringComparison.Ordinal);
        at.Forge.Knobs.AutoSignInAs = "asha";
        Assert.Equal("/account?proven=1", await ProveAsync());
        (await asha.PostAsync("/account/link-mycelium", new { address = at.AddressOf("asha") })).Expect(201);
    }

    [Fact]
    public async Task Coming_back_to_another_session_links_nothing()
    {
        await using var at = await TwoWaysIn.StartAsync();
        var asha = await at.ByAddressAsync();
        at.Forge.Knobs.AutoSignInAs = "juma";
        var away = (await asha.Browser.SubmitAsync("/account", "/account/link-forge")).Expect(303).Location!;
        var back = (await ForgePortal.GetAsync(asha.Browser, away)).Expect(302).Location!;
        // Between the redirect and the callback the browser was signed out and signed in to another account.
        await asha.Browser.SubmitAsync("/account", "/logout");
        await at.ByAddressAsync("zawadi", asha.Browser);
        (await ForgePortal.GetAsync(asha.Browser, back)).ExpectRefusal(AccountRefusals.SignInFailed);
        Assert.Equal(0, await at.Portal.ReadAsync(d => d.Accounts.CountAsync(a => a.ForgeId != null)));
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Forge;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// Key rotation at the Forge, claims that are only in userinfo, and whether an e-mail address is verified.
/// </summary>
public sealed class ForgeClaims
{
    [Theory]
    [InlineData("/login/forge/start", "/dashboard")]
    [InlineData("/admin/login/forge", "/admin")]
    public async Task A_key_rotation_at_the_Forge_costs_no_sign_in(string start, string end)
    {
        await using var at = await ForgePortal.StartAsync(
            environment: new Dictionary<string, string?> { ["ADMIN_FORGE_USERS"] = "4203:owner" }
        );
        Assert.Equal(end, (await at.SignInAsync(at.Portal.Browser(), "owner", start)).Expect(200).At.AbsolutePath);
        at.Forge.Knobs.KeyRotated = true;
        Assert.Equal(end, (await at.SignInAsync(at.Portal.Browser(), "owner", start)).Expect(200).At.AbsolutePath);
        // A key that the Forge does not list stays unknown, however often the list is fetched.
        at.Forge.Knobs.SignWithUnknownKey = true;
        (await at.SignInAsync(at.Portal.Browser(), "owner", start)).Expect(400);
        at.Forge.Knobs.SignWithUnknownKey = false;
        Assert.Equal(end, (await at.SignInAsync(at.Portal.Browser(), "owner", start)).Expect(200).At.AbsolutePath);
    }

    [Fact]
    public async Task The_keys_are_fetched_once_for_a_sign_in_and_an_outage_then_is_503()
    {
        await using var at = await ForgePortal.StartAsync();
        (await at.SignInAsync(at.Portal.Browser())).Expect(200);
        at.Forge.Knobs.KeyRotated = true;
        var browser = at.Portal.Browser();
        var callback = await at.AgreeAsync(browser);
        at.Forge.Knobs.DiscoveryDown = true;
        (await ForgePortal.GetAsync(browser, callback)).ExpectRefusal(ForgeRefusals.ForgeUnreachable);
        at.Forge.Knobs.DiscoveryDown = false;
        Assert.Equal("/dashboard", (await at.SignInAsync(browser)).Expect(200).At.AbsolutePath);
    }

    [Theory, BothDatabases]
    public async Task Claims_that_only_userinfo_has_are_read_there(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        at.Forge.Knobs.ClaimsInUserInfoOnly = true;
        (await at.SignInAsync(at.Portal.Browser())).Expect(200);
        Assert.Equal(("asha", "asha@users.example", true), Known(await AccountAsync(at)));
        // The token cannot verify an address that came from userinfo.
        at.Forge.Knobs.EmailVerified = null;
        (await at.SignInAsync(at.Portal.Browser())).Expect(200);
        Assert.Equal(("asha", "asha@users.example", false), Known(await AccountAsync(at)));
    }

    [Fact]
    public async Task Userinfo_about_another_subject_is_not_used_and_an_outage_of_it_costs_no_sign_in()
    {
        await using var at = await ForgePortal.StartAsync();
        (at.Forge.Knobs.ClaimsInUserInfoOnly, at.Forge.Knobs.WrongUserInfoSubject) = (true, true);
        Assert.Equal("/dashboard", (await at.SignInAsync(at.Portal.Browser())).Expect(200).At.AbsolutePath);
        Assert.Equal((null, null, false), Known(await AccountAsync(at)));
        (at.Forge.Knobs.WrongUserInfoSubject, at.Forge.Knobs.UserInfoDown) = (false, true);
        Assert.Equal("/dashboard", (await at.SignInAsync(at.Portal.Browser())).Expect(200).At.AbsolutePath);
        Assert.Equal((null, null, false), Known(await AccountAsync(at)));
        at.Forge.Knobs.UserInfoDown = false;
        (await at.SignInAsync(at.Portal.Browser())).Expect(200);
        Assert.Equal(("asha", "asha@users.example", true), Known(await AccountAsync(at)));
    }

    [Theory, BothDatabases]
    public async Task An_address_is_verified_only_while_the_Forge_says_so(Db db)
    {
        await using var at = await ForgePortal.StartAsync(db);
        foreach (var said in new bool?[] { null, true, false, true, null })
        {
            at.Forge.Knobs.EmailVerified = said;
            (await at.SignInAsync(at.Portal.Browser())).Expect(200);
            Assert.Equal(("asha", "asha@users.example", said == true), Known(await AccountAsync(at)));
        }
    }

    private static Task<Account> AccountAsync(ForgePortal at) => at.Portal.ReadAsync(d => d.Accounts.SingleAsync());

    private static (string? Login, string? Email, bool Verified) Known(Account account) =>
        (account.ForgeLogin, account.Email, account.EmailVerified);
}

using System.Net;
using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Accounts;

/// <summary>
/// A form that is sent after the session has ended is not carried out. Its values stand on its page after the next
/// sign-in, once, for the same customer.
/// </summary>
public sealed class InputsSurviveASignIn
{
    private const string Key =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVEvMwFLfOlqqYHZVWYCqDTtDXQIqXR2dCCr0jFOGaj asha@laptop";

    [Fact]
    public async Task The_amount_of_a_payment_stands_in_the_form_again()
    {
        await using var paying = await Paying.StartAsync();
        var form = await TypedAsync(paying.Asha, "/credit", "/payment/intent", "amount", "37.50");
        await EndedAsync(paying.Asha, "/credit", "/payment/intent", form);
        var asha = Again(await paying.Portal.SignUpAsync("asha"), paying.Asha);
        var page = (await asha.Browser.OpenAsync("/credit")).Expect(200).Body;
        Assert.Contains("value=\"37.50\"", page, StringComparison.Ordinal);
        Assert.Contains("what you typed before you signed in", page, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "37.50",
            (await asha.Browser.OpenAsync("/credit")).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await paying.Portal.ReadAsync(d => d.PaymentIntents.CountAsync()));
        (await asha.Browser.SubmitAsync("/credit", "/payment/intent")).Expect(303);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task It_waits_for_its_own_page_and_for_half_an_hour(int secondsMore, bool stands)
    {
        await using var paying = await Paying.StartAsync(pool: Portal.Machines(1));
        var form = await TypedAsync(paying.Asha, "/credit", "/payment/intent", "amount", "37.50");
        await EndedAsync(paying.Asha, "/credit", "/payment/intent", form);
        var asha = Again(await paying.Portal.SignUpAsync("asha"), paying.Asha);
        foreach (var other in new[] { "/plans", "/dashboard" })
            Assert.DoesNotContain(
                "37.50",
                (await asha.Browser.OpenAsync(other)).Expect(200).Body,
                StringComparison.Ordinal
            );
        paying.Portal.Clock.Advance(TimeSpan.FromMinutes(30) + TimeSpan.FromSeconds(secondsMore));
        Assert.Equal(
            stands,
            (await asha.Browser.OpenAsync("/credit"))
                .Expect(200)
                .Body.Contains("value=\"37.50\"", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("amount", "free")]
    [InlineData("amount", "<b>5</b>")]
    [InlineData("reason", "5")]
    [InlineData("page_of", "forged")]
    public async Task Only_what_the_route_would_accept_from_a_page_of_ours_is_kept(string field, string value)
    {
        await using var paying = await Paying.StartAsync();
        var amount = field == "page_of" ? "37.50" : "";
        var form = await TypedAsync(paying.Asha, "/credit", "/payment/intent", "amount", amount);
        form[field] = value;
        await EndedAsync(paying.Asha, "/credit", "/payment/intent", form);
        Assert.DoesNotContain(paying.Asha.Browser.Cookies.GetAllCookies(), c => c.Name == "__Host-hero-kept");
    }

    [Theory, BothDatabases]
    public async Task An_ssh_key_comes_back_to_its_owner_only(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            new Dictionary<string, string?>
            {
                ["DEPLOYER_URL"] = "https://deployer.test/",
                ["DEPLOYER_SECRET"] = "whsec_" + Convert.ToBase64String(new byte[32]),
            }
        );
        var (asha, juma) = (await portal.SignUpWithPlanAsync("asha"), await portal.SignUpWithPlanAsync("juma"));
        var hers = await TypedAsync(asha, "/dashboard", "/vm/allocate", "ssh_public_key", Key);
        await EndedAsync(asha, "/dashboard", "/vm/allocate", hers);
        var his = Again(await portal.SignUpAsync("juma"), asha);
        Assert.DoesNotContain(
            "asha@laptop",
            (await his.Browser.OpenAsync("/dashboard")).Expect(200).Body,
            StringComparison.Ordinal
        );
        asha = await portal.SignUpAsync("asha");
        hers = await TypedAsync(asha, "/dashboard", "/vm/allocate", "ssh_public_key", Key);
        await EndedAsync(asha, "/dashboard", "/vm/allocate", hers);
        var back = Again(await portal.SignUpAsync("asha"), asha);
        var page = (await back.Browser.OpenAsync("/dashboard")).Expect(200).Body;
        Assert.Contains(
            WebUtility.HtmlEncode(Key),
            WebUtility.HtmlEncode(WebUtility.HtmlDecode(page)),
            StringComparison.Ordinal
        );
        Assert.Contains("This is the key that you typed before you signed in.", page, StringComparison.Ordinal);
        Assert.Equal(0, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task The_key_of_a_purchase_stands_beside_its_plan(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(2),
            new Dictionary<string, string?>
            {
                ["DEPLOYER_URL"] = "https://deployer.test/",
                ["DEPLOYER_SECRET"] = "whsec_" + Convert.ToBase64String(new byte[32]),
            }
        );
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(2000);
        var form = await TypedAsync(asha, "/plans", "/plan/buy", "ssh_public_key", Key);
        await EndedAsync(asha, "/plans", "/plan/buy", form);
        var back = Again(await portal.SignUpAsync("asha"), asha);
        var cards = WebUtility.HtmlDecode((await back.Browser.OpenAsync("/plans")).Expect(200).Body).Split("<article");
        Assert.Equal([false, true, false], cards.Select(c => c.Contains(Key, StringComparison.Ordinal)));
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.CountAsync()));
    }

    /// <summary>The form of a page with something typed into it.</summary>
    private static async Task<Dictionary<string, string>> TypedAsync(
        Customer customer,
        string page,
        string action,
        string field,
        string value
    )
    {
        var form = Markup.Fields((await customer.Browser.OpenAsync(page)).Expect(200).Body, action);
        form[field] = value;
        return form;
    }

    /// <summary>
    /// The session has ended when the form is sent: the browser is redirected to the sign-in and back to the page.
    /// </summary>
    private static async Task EndedAsync(Customer customer, string page, string action, Dictionary<string, string> form)
    {
        customer.Portal.Clock.Advance(TimeSpan.FromHours(13));
        var referer = new Dictionary<string, string> { ["Referer"] = new Uri(Portal.Base, page).ToString() };
        var away = (await customer.Browser.PostFormAsync(action, form, referer)).Expect(303).Location;
        Assert.Equal("/login?return_url=" + Uri.EscapeDataString(page), away);
    }

    /// <summary>The same browser after this sign-in: its cookies of before are still there.</summary>
    private static Customer Again(Customer signedIn, Customer before)
    {
        foreach (var cookie in before.Browser.Cookies.GetAllCookies().Where(c => c.Name == "__Host-hero-kept"))
            signedIn.Browser.SetCookie(Portal.Base, cookie.Name, cookie.Value);
        return signedIn;
    }
}

using HeroOnboarding.Accounts;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

public sealed class PlansPage
{
    [Fact]
    public async Task Strangers_see_plans_prices_and_free_machines_and_choose_before_they_sign_in()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(3));
        var page = (await portal.Browser().OpenAsync("/plans")).Expect(200).Body;
        foreach (
            var words in new[]
            {
                "5 machines",
                "$10.00",
                "10 machines",
                "$20.00",
                "$2.00 per machine",
                "30 days",
                "3 machines free now",
            }
        )
            Assert.Contains(words, Markup.Text(page), StringComparison.Ordinal);
        Assert.Contains("href=\"/start?plan=vms-5\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/plan/buy", page, StringComparison.Ordinal);
        var away = await portal.Browser().SendAsync(Page("/start?plan=vms-5"));
        Assert.Equal("/login?return_url=%2Fstart%3Fplan%3Dvms-5", away.Expect(303).Location);
    }

    [Theory, BothDatabases]
    public async Task What_is_missing_is_said_with_the_next_step(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        var fresh = await OpenAsync(asha);
        Assert.DoesNotContain("/plan/buy", fresh, StringComparison.Ordinal);
        Assert.Contains(
            "$10.00 to pay. Nothing is charged before your first machine can start.",
            Markup.Text(fresh),
            StringComparison.Ordinal
        );
        await asha.PassKycAsync();
        await asha.TopUpAsync(1234);
        var page = await OpenAsync(asha);
        Assert.Single(Markup.Forms(page), f => f.Contains("/plan/buy", StringComparison.Ordinal));
        Assert.Contains("Your credit is $12.34: $7.66 to pay.", Markup.Text(page), StringComparison.Ordinal);
        Assert.Single(
            Markup.Forms(page),
            f => f.Contains("/plan/choose", StringComparison.Ordinal) && f.Contains("vms-10", StringComparison.Ordinal)
        );
    }

    [Theory, BothDatabases]
    public async Task The_form_says_what_is_charged_and_buys_with_the_first_machine_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(2));
        var asha = await VerifiedAsync(portal, 2500);
        var page = await OpenAsync(asha);
        Assert.Contains(
            "$10.00 is charged now; $15.00 of your $25.00 credit stays. All machines of this plan end together on",
            Markup.Text(page),
            StringComparison.Ordinal
        );
        Assert.Contains("(in 30 days)", Markup.Text(page), StringComparison.Ordinal);
        Assert.Contains(
            "<input type=\"checkbox\" name=\"start_now\" value=\"true\" checked",
            page,
            StringComparison.Ordinal
        );
        var form = Markup.Fields(page, "/plan/buy");
        var first = (await asha.Browser.PostFormAsync("/plan/buy", form)).Expect(303);
        var second = (await asha.Browser.PostFormAsync("/plan/buy", form)).Expect(303);
        Assert.StartsWith(first.Location + "&already=", second.Location, StringComparison.Ordinal);
        Assert.Contains(
            "Plan bought: 5 machines for 30 days. $10.00 was charged. Your first machine is below.",
            Markup.Text((await asha.Browser.OpenAsync(first.Location!)).Body),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Already done at",
            Markup.Text((await asha.Browser.OpenAsync(second.Location!)).Body),
            StringComparison.Ordinal
        );
        Assert.Equal(1, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
        Assert.Equal(15_000_000, await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync()));
        page = await OpenAsync(asha);
        Assert.Contains("Your plan runs until", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/plan/buy", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task With_an_empty_pool_the_box_decides_whether_anything_is_bought(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await VerifiedAsync(portal, 1000);
        Assert.Contains(
            "No machine is free right now: with the box ticked nothing would be bought or charged.",
            Markup.Text(await OpenAsync(asha)),
            StringComparison.Ordinal
        );
        var refused = (await asha.Browser.SubmitAsync("/plans", "/plan/buy")).Expect(303);
        Assert.Equal("/plans?refused=pool.empty", refused.Location);
        Assert.Contains(
            "Nothing was charged and your slot is untouched.",
            await OpenAsync(asha, refused.Location!),
            StringComparison.Ordinal
        );
        var form = Markup.Fields(await OpenAsync(asha), "/plan/buy");
        form.Remove("start_now");
        Assert.StartsWith(
            "/dashboard?bought=",
            (await asha.Browser.PostFormAsync("/plan/buy", form)).Expect(303).Location,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await portal.ReadAsync(d => d.VmAllocations.CountAsync()));
    }

    [Fact]
    public async Task Plans_of_the_operator_replace_the_built_in_ones_and_their_names_are_encoded()
    {
        var plans = """[{"id":"one","name":"<b>One</b> & only","price_cents":0,"vm_count":1}]""";
        await using var portal = await Portal.StartAsync(
            Db.Sqlite,
            environment: new Dictionary<string, string?> { ["PLANS_JSON"] = plans }
        );
        var page = (await portal.Browser().OpenAsync("/plans")).Expect(200).Body;
        Assert.Contains("&lt;b&gt;One&lt;/b&gt; &amp; only", page, StringComparison.Ordinal);
        Assert.DoesNotContain("$10.00", page, StringComparison.Ordinal);
        Assert.Contains("1 machine at the same time", Markup.Text(page), StringComparison.Ordinal);
    }

    private static HttpRequestMessage Page(string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Portal.Base, path));
        request.Headers.TryAddWithoutValidation("Accept", "text/html");
        return request;
    }

    private static async Task<Customer> VerifiedAsync(Portal portal, long cents)
    {
        var customer = await portal.SignUpAsync("asha");
        await customer.PassKycAsync();
        await customer.TopUpAsync(cents);
        return customer;
    }

    private static async Task<string> OpenAsync(Customer customer, string page = "/plans") =>
        (await customer.Browser.OpenAsync(page)).Expect(200).Body;
}

using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Tests.Vms;
using HeroOnboarding.Web.Requests;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Web;

/// <summary>
/// Every form with an idempotency key is sent twice: the second answer tells when the first was carried out, and claims
/// no second success.
/// </summary>
public sealed class RepeatedForms
{
    [Theory, BothDatabases]
    public async Task Customers_pages_say_that_it_was_done_already(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(6));
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpWithPlanAsync("juma"));
        await asha.PassKycAsync();
        await TwiceAsync(portal, asha.Browser, "/plan/choose", new() { ["plan_id"] = "vms-5" }, "Choose another plan");
        await asha.TopUpAsync(9000);
        await TwiceAsync(
            portal,
            asha.Browser,
            "/plan/buy",
            new() { ["plan_id"] = "vms-5", ["start_now"] = "true" },
            "To your machines"
        );
        await TwiceAsync(portal, asha.Browser, "/vm/allocate", [], "Start another");
        var lease = (await asha.LeasesAsync())[0].Sid;
        await TwiceAsync(portal, asha.Browser, "/vm/replace", new() { ["allocation_sid"] = lease }, "To your machines");
        await TwiceAsync(portal, asha.Browser, "/plan/renew", [], null);
        await TwiceAsync(portal, asha.Browser, "/plan/upgrade", new() { ["plan_id"] = "vms-10" }, null);
        await TwiceAsync(portal, juma.Browser, "/plan/cancel", [], null);
        await Invariants.HoldAsync(portal);
    }

    [Theory, BothDatabases]
    public async Task Operators_pages_say_that_it_was_done_already(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        (await asha.ReleaseAsync((await asha.AllocateAsync()).Expect(201).Text("sid"))).Expect(200);
        using var operators = await portal.OperatorAsync();
        async Task<string> TokenAsync() =>
            Markup.Fields(
                (await operators.OpenAsync("/admin/users/" + asha.Sid)).Expect(200).Body,
                "/admin/confirm-booking"
            )[FormTokens.Field];
        await TwiceAsync(
            portal,
            operators,
            "/admin/credit-adjust",
            new()
            {
                ["user_sid"] = asha.Sid,
                ["amount"] = "5",
                ["direction"] = "credit",
                ["reason"] = "goodwill",
            },
            null,
            await TokenAsync()
        );
        await TwiceAsync(
            portal,
            operators,
            "/admin/pool-vm-wipe-failed",
            new()
            {
                ["pool_vm_id"] = "vm-0001",
                ["lease_number"] = "1",
                ["reason"] = "disk error",
            },
            null,
            await TokenAsync()
        );
    }

    [Fact]
    public async Task A_payment_that_was_finished_meanwhile_says_so()
    {
        await using var paying = await Paying.StartAsync();
        var form = new Dictionary<string, string>
        {
            ["amount"] = "12.50",
            ["idempotency_key"] = "one-form",
            [FormTokens.Field] = await paying.Portal.FormTokenAsync(paying.Asha.Browser),
        };
        var (first, checkout) = (
            paying.Portal.Now,
            (await paying.Asha.Browser.PostFormAsync("/payment/intent", form)).Expect(303).Location!
        );
        Assert.Equal(checkout, (await paying.Asha.Browser.PostFormAsync("/payment/intent", form)).Expect(303).Location);
        await paying.TellAsync(
            paying.Stripe.Pay(
                (
                    await paying.PaymentAsync(
                        await paying.Portal.ReadAsync(d => d.PaymentIntents.Select(p => p.Sid).SingleAsync())
                    )
                ).CheckoutId!
            )
        );
        var again = (await paying.Asha.Browser.PostFormAsync("/payment/intent", form)).Expect(303).Location!;
        var page = Markup.Text((await paying.Asha.Browser.OpenAsync(again)).Expect(200).Body);
        Assert.Contains($"Already done at {first:HH:mm} UTC .", page, StringComparison.Ordinal);
        Assert.Contains("Start another", page, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "Already done",
            Markup.Text((await paying.Asha.Browser.OpenAsync(again.Split("&already")[0])).Expect(200).Body),
            StringComparison.Ordinal
        );
        await paying.ExpectBooksAsync(1250);
    }

    /// <summary>
    /// A stored answer lives for 24 hours. No form returns to an earlier or a later instant, nor to two of them.
    /// </summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    [InlineData(-24L * 3600 * 1_000_000, true)]
    [InlineData((-24L * 3600 * 1_000_000) - 1, false)]
    public async Task Only_an_instant_of_a_stored_answer_is_believed(long micros, bool believed)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpWithPlanAsync("asha");
        var plan = await portal.ReadAsync(d => d.Purchases.Select(p => p.Sid).SingleAsync());
        var page = $"/dashboard?bought={plan}&already={Instants.ToMicros(portal.Now) + micros}";
        Assert.Equal(believed, await SaysAlreadyDoneAsync(page));
        Assert.False(await SaysAlreadyDoneAsync(page + page[page.IndexOf("&already", StringComparison.Ordinal)..]));

        async Task<bool> SaysAlreadyDoneAsync(string path)
        {
            var text = Markup.Text((await asha.Browser.OpenAsync(path)).Expect(200).Body);
            var already = text.Contains("Already done at", StringComparison.Ordinal);
            Assert.NotEqual(already, text.Contains("was charged.", StringComparison.Ordinal));
            return already;
        }
    }

    /// <summary>The new token of <c>/admin/token-create</c> has a page of its own, which says it.</summary>
    [Fact]
    public async Task Every_route_that_takes_a_key_is_tried_above()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var routes = await Conventions.Route.AllAsync(portal);
        Assert.Equal(11, routes.Count(r => r.Metadata.OfType<RequestBody>().Any(b => b.TakesKey)));
    }

    private static async Task TwiceAsync(
        Portal portal,
        Browser browser,
        string route,
        Dictionary<string, string> fields,
        string? goOn,
        string? token = null
    )
    {
        fields[FormTokens.Field] = token ?? await portal.FormTokenAsync(browser);
        fields["idempotency_key"] = "form-of" + route.Replace('/', '-');
        var (first, page) = (portal.Now, (await browser.PostFormAsync(route, fields)).Expect(303).Location!);
        Assert.DoesNotContain("refused", page, StringComparison.Ordinal);
        var done = (await browser.OpenAsync(page)).Expect(200).Body;
        Assert.DoesNotContain("Already done", done, StringComparison.Ordinal);
        portal.Clock.Advance(TimeSpan.FromMinutes(3));
        var again = (await browser.PostFormAsync(route, fields)).Expect(303).Location!;
        Assert.StartsWith(page + "&already=", again, StringComparison.Ordinal);
        var repeated = (await browser.OpenAsync(again)).Expect(200).Body;
        Assert.Contains($"Already done at {first:HH:mm} UTC .", Markup.Text(repeated), StringComparison.Ordinal);
        Assert.DoesNotContain("alert good", repeated, StringComparison.Ordinal);
        if (goOn is not null)
            Assert.Contains(goOn, Markup.Text(repeated), StringComparison.Ordinal);
    }
}

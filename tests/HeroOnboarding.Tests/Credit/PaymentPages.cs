using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Admin;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

/// <summary>What people and operators read about payments.</summary>
public sealed class PaymentPages
{
    [Theory, BothDatabases]
    public async Task Signed_out_the_return_page_says_nothing_and_leads_back_here(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync(4321);
        var before = await paying.Portal.FactsAsync();
        foreach (
            var path in new[]
            {
                "/payment/return?session_id=" + checkout,
                "/payment/return?cancelled=" + sid,
                "/payment/return?payment=" + sid,
                "/payment/return",
            }
        )
        {
            var page = (await paying.Portal.Browser().OpenAsync(path)).Expect(200).Body;
            Assert.Contains("Sign in to see your payment", page, StringComparison.Ordinal);
            Assert.Contains("/login?return_url=" + Uri.EscapeDataString(path), page, StringComparison.Ordinal);
            Assert.DoesNotContain("43.21", page, StringComparison.Ordinal);
            Assert.DoesNotContain("data-poll", page, StringComparison.Ordinal);
        }
        Assert.Equal(before, await paying.Portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task Somebody_elses_payment_looks_like_none_and_is_not_touched(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync(4321);
        var juma = await paying.Portal.SignUpAsync("juma");
        var before = await paying.Portal.FactsAsync();
        var unknown = Same((await juma.Browser.OpenAsync("/payment/return?session_id=cs_test_nobody")).Expect(404));
        foreach (
            var query in new[]
            {
                "session_id=" + checkout,
                "cancelled=" + sid,
                "payment=" + sid,
                "payment=" + Route.UnknownSid,
                "session_id=%00",
                "",
            }
        )
        {
            Assert.Equal(unknown, Same((await juma.Browser.OpenAsync("/payment/return?" + query)).Expect(404)));
            Assert.DoesNotContain(
                "43.21",
                (await juma.Browser.OpenAsync("/payment/return?handler=State&" + query)).Expect(404).Body,
                StringComparison.Ordinal
            );
        }
        Assert.Equal(before, await paying.Portal.FactsAsync());
    }

    [Theory, BothDatabases]
    public async Task Each_state_has_its_words_and_looks_again_by_itself_until_it_is_over(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync(1234);
        var here = "/payment/return?payment=" + sid;
        await ExpectAsync(paying, "/payment/return?cancelled=" + sid, "Waiting for you", "Continue", looks: false);
        Assert.Null((await paying.PaymentAsync(sid)).ReturnedAt);
        await ExpectAsync(paying, "/payment/return?session_id=" + checkout, "Received", "Look again", looks: true);
        var returned = (await paying.PaymentAsync(sid)).ReturnedAt;
        Assert.Equal(paying.Portal.Now, returned);
        paying.Portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await ExpectAsync(paying, "/payment/return?session_id=" + checkout, "Received", sid, looks: true);
        Assert.Equal(returned, (await paying.PaymentAsync(sid)).ReturnedAt);
        await paying.TellAsync(paying.Stripe.PayLater(checkout));
        await ExpectAsync(paying, here, "Checking", "take days", looks: true);
        await paying.TellAsync(paying.Stripe.MoneyArrives(checkout));
        await ExpectAsync(paying, here, "Credited", "$12.34", looks: false);
        var (next, second) = await paying.OpenAsync(1500);
        await paying.TellAsync(paying.Stripe.Expire(second));
        await ExpectAsync(
            paying,
            "/payment/return?payment=" + next,
            "Not paid, nothing taken",
            "not paid in time",
            looks: false
        );
        var list = Markup.Text((await paying.Asha.Browser.OpenAsync("/credit")).Expect(200).Body);
        Assert.Contains("$12.34 Credited", list, StringComparison.Ordinal);
        Assert.Contains("$15.00 Not paid, nothing taken", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkout_whose_time_is_over_is_not_offered_any_more()
    {
        await using var paying = await Paying.StartAsync();
        var (sid, checkout) = await paying.OpenAsync();
        paying.Stripe.Create.Next(StripeAnswer.Unavailable());
        (await paying.IntentAsync(700)).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        var never = await paying.Portal.ReadAsync(d =>
            d.PaymentIntents.Where(p => p.CheckoutId == null).Select(p => p.Sid).SingleAsync()
        );
        await ExpectAsync(
            paying,
            "/payment/return?payment=" + never,
            "Waiting for you",
            "has not answered yet",
            looks: false
        );
        paying.Portal.Clock.Advance(TimeSpan.FromHours(1.1));
        await ExpectAsync(
            paying,
            "/payment/return?payment=" + never,
            "Not paid, nothing taken",
            "never answered",
            looks: false
        );
        paying.Portal.Clock.Advance(TimeSpan.FromHours(23));
        var asha = await paying.Portal.SignUpAsync("asha");
        var page = (await asha.Browser.OpenAsync("/payment/return?payment=" + sid)).Expect(200).Body;
        Assert.Contains("Checking", page, StringComparison.Ordinal);
        Assert.DoesNotContain(checkout, page, StringComparison.Ordinal);
        var overview = Markup.Text(
            (await (await Route.OperatorAsync(paying.Portal)).OpenAsync("/admin")).Expect(200).Body
        );
        Assert.Contains("1 checkout is over and the provider has not said how", overview, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Operators_see_payments_and_the_queue(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (sid, checkout) = await paying.OpenAsync(1234);
        var (_, second) = await paying.OpenAsync();
        var item = await MismatchedPayments.PutAsideAsync(paying, second, "amount");
        await paying.TellAsync(paying.Stripe.Pay(checkout));
        var operators = await Route.OperatorAsync(paying.Portal);
        var setup = (await operators.OpenAsync("/admin/setup")).Expect(200).Body;
        Assert.Contains("https://localhost/webhooks/stripe", setup, StringComparison.Ordinal);
        Assert.Contains("Test mode: no real money", setup, StringComparison.Ordinal);
        var overview = Markup.Text((await operators.OpenAsync("/admin")).Expect(200).Body);
        Assert.Contains("1 payment fits nothing", overview, StringComparison.Ordinal);
        foreach (var q in new[] { "", "?q=asha", "?q=" + sid, "?q=" + checkout, "?state=credited", "?sort=created" })
            Assert.Contains(
                "$12.34",
                (await operators.OpenAsync("/admin/payments" + q)).Expect(200).Body,
                StringComparison.Ordinal
            );
        var rows = (await paying.Portal.AdminAsync(HttpMethod.Get, "/admin/list-payments?state=credited"))
            .Expect(200)
            .Json.GetProperty("rows");
        Assert.Equal(
            (1, "credited", 1234),
            (
                rows.GetArrayLength(),
                rows[0].GetProperty("state").GetString(),
                rows[0].GetProperty("amount_cents").GetInt32()
            )
        );
        Assert.Equal(
            item,
            (await paying.Portal.AdminAsync(HttpMethod.Get, "/admin/list-suspense?q=" + second))
                .Expect(200)
                .Json.GetProperty("rows")[0]
                .GetProperty("sid")
                .GetString()
        );
        Assert.Contains(
            "$12.34",
            (await operators.OpenAsync("/admin/users/" + paying.Asha.Sid)).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Contains(
            item,
            (await operators.OpenAsync("/admin/suspense?state=open")).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task An_operator_assigns_a_payment_in_suspense_on_its_page(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        var item = await MismatchedPayments.PutAsideAsync(paying, checkout, "amount");
        var operators = await Route.OperatorAsync(paying.Portal);
        var decided = (
            await operators.BookAsync(
                "/admin/suspense/" + item,
                "/admin/suspense-resolve",
                new Dictionary<string, string> { ["reason"] = "it was hers" }
            )
        ).Expect(303);
        Assert.Equal($"/admin/suspense/{item}?done=assigned", decided.Location);
        Assert.Contains(
            "Decided.",
            (await operators.OpenAsync(decided.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
        await paying.ExpectBooksAsync(900);
        (await operators.OpenAsync("/admin/suspense/" + Route.UnknownSid)).Expect(404);
    }

    private static async Task ExpectAsync(Paying paying, string path, string state, string words, bool looks)
    {
        var page = (await paying.Asha.Browser.OpenAsync(path)).Expect(200).Body;
        Assert.Contains($">{state}</span>", page, StringComparison.Ordinal);
        Assert.Contains(words, page, StringComparison.Ordinal);
        Assert.Equal(looks, page.Contains("data-poll=\"/payment/return?payment=", StringComparison.Ordinal));
        if (!looks)
            return;
        var fragment = (
            await paying.Asha.Browser.OpenAsync(
                "/payment/return?handler=State&payment="
                    + (
                        await paying.Portal.ReadAsync(d =>
                            d.PaymentIntents.OrderBy(p => p.Sid).Select(p => p.Sid).ToListAsync()
                        )
                    ).First(s => page.Contains(s, StringComparison.Ordinal))
            )
        )
            .Expect(200)
            .Body;
        Assert.Contains($">{state}</span>", fragment, StringComparison.Ordinal);
        Assert.DoesNotContain("<html", fragment, StringComparison.Ordinal);
    }

    private static string Same(Reply reply) => Markup.Text(reply.Body);
}

using System.Net;
using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class CreditAndStanding
{
    [Theory, BothDatabases]
    public async Task An_operator_credits_and_debits_with_a_reason_and_the_ledger_agrees(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        using var browser = await portal.OperatorAsync();
        var page = "/admin/users/" + asha.Sid;
        var done = await browser.BookAsync(page, "/admin/credit-adjust", Adjust("12.50", "credit", "goodwill <b>"));
        Assert.Equal(page + "?done=adjusted", done.Expect(303).Location);
        (await browser.BookAsync(page, "/admin/credit-adjust", Adjust("20", "debit", "typed wrong"))).Expect(303);
        var body = (await browser.OpenAsync(page + "?done=adjusted")).Expect(200).Body;
        foreach (var text in new[] { "+$12.50", "−$20.00", "−$7.50", "operator:Neema", "The credit was adjusted." })
            Assert.Contains(text, WebUtility.HtmlDecode(body), StringComparison.Ordinal);
        Assert.Contains("goodwill &lt;b&gt;", body, StringComparison.Ordinal);
        Assert.Equal(-7_500_000, await BalanceAsync(portal, asha.Sid));
        Assert.True((await portal.RunJobAsync("credit.reconcile"))!.Ok);
        Assert.Equal(
            ["operator:Neema " + asha.Sid, "operator:Neema " + asha.Sid],
            await portal.AuditOfAsync("credit.adjust")
        );
    }

    [Theory, BothDatabases]
    public async Task The_same_form_sent_twice_books_once_and_says_so(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        using var browser = await portal.OperatorAsync();
        var question = (
            await browser.SubmitAsync(
                "/admin/users/" + asha.Sid,
                "/admin/confirm-booking",
                Adjust("5", "credit", "goodwill")
            )
        )
            .Expect(200)
            .Body;
        var form = Markup.Fields(question, "/admin/credit-adjust");
        (await browser.PostFormAsync("/admin/credit-adjust", form)).Expect(303);
        var again = (await browser.PostFormAsync("/admin/credit-adjust", form)).Expect(303);
        Assert.Contains("already=", again.Location, StringComparison.Ordinal);
        Assert.Contains(
            "nothing was done twice",
            (await browser.OpenAsync(again.Location!)).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(5_000_000, await BalanceAsync(portal, asha.Sid));
        form["amount"] = "6";
        Assert.EndsWith(
            "refused=idempotency.key_reused",
            (await browser.PostFormAsync("/admin/credit-adjust", form)).Expect(303).Location,
            StringComparison.Ordinal
        );
        Assert.Equal(5_000_000, await BalanceAsync(portal, asha.Sid));
    }

    [Theory]
    [InlineData("0", "goodwill", "amount.invalid")]
    [InlineData("-5", "goodwill", "amount.invalid")]
    [InlineData("1000000.01", "goodwill", "amount.invalid")]
    [InlineData("1.005", "goodwill", "amount.invalid")]
    [InlineData("ten", "goodwill", "amount.invalid")]
    [InlineData("", "goodwill", "amount.invalid")]
    [InlineData("5", "", "reason.required")]
    [InlineData("5", "no", "reason.required")]
    public async Task What_cannot_be_booked_is_refused_on_the_page(string amount, string reason, string code)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        using var browser = await portal.OperatorAsync();
        var reply = (
            await browser.BookAsync(
                "/admin/users/" + asha.Sid,
                "/admin/credit-adjust",
                Adjust(amount, "credit", reason)
            )
        ).Expect(303);
        Assert.Equal($"/admin/users/{asha.Sid}?refused={code}", reply.Location);
        Assert.Contains(
            DeclaredRefusals.Find(code).Title,
            (await browser.OpenAsync(reply.Location!)).Expect(200).Body,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await BalanceAsync(portal, asha.Sid));
        Assert.Equal(0, await portal.ReadAsync(d => d.Transfers.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task An_unknown_user_is_404_and_nothing_is_booked(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        foreach (var sid in new[] { "01KB00Q7000000000000000000", "nobody", null })
            (
                await portal.AdminPostAsync(
                    "/admin/credit-adjust",
                    new
                    {
                        user_sid = sid,
                        amount_cents = 100,
                        reason = "goodwill",
                    }
                )
            ).ExpectRefusal(Refusals.NotFound);
        Assert.Equal(0, await portal.ReadAsync(d => d.Transfers.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task Taking_verification_back_or_suspending_stops_new_machines_at_once(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(5));
        var asha = await portal.SignUpWithPlanAsync("asha");
        using var browser = await portal.OperatorAsync();
        var (page, why) = ("/admin/users/" + asha.Sid, new Dictionary<string, string> { ["reason"] = "a closer look" });
        (await browser.SubmitAsync(page, "/admin/kyc-unverify", why)).Expect(303);
        (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.KycRequired);
        (await browser.SubmitAsync(page, "/admin/kyc-verify", why)).Expect(303);
        (await asha.AllocateAsync()).Expect(201);
        (await browser.SubmitAsync(page, "/admin/user-suspend", why)).Expect(303);
        (await asha.AllocateAsync()).ExpectRefusal(AccountRefusals.AccountSuspended);
        Assert.Contains("a closer look", (await browser.OpenAsync(page)).Body, StringComparison.Ordinal);
        (await browser.SubmitAsync(page, "/admin/user-unsuspend", why)).Expect(303);
        (await asha.AllocateAsync()).Expect(201);
        Assert.EndsWith(
            "refused=reason.required",
            (
                await browser.SubmitAsync(
                    page,
                    "/admin/user-suspend",
                    new Dictionary<string, string> { ["reason"] = "x" }
                )
            )
                .Expect(303)
                .Location,
            StringComparison.Ordinal
        );
        foreach (var act in new[] { "kyc.unverify", "account.suspend", "account.unsuspend" })
            Assert.Equal(["operator:Neema " + asha.Sid], await portal.AuditOfAsync(act));
    }

    [Theory, BothDatabases]
    public async Task Opening_a_customer_is_audited_with_the_operators_name(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        using var browser = await portal.OperatorAsync("Juma");
        (await browser.OpenAsync("/admin/users/" + asha.Sid)).Expect(200);
        Assert.Equal(["operator:Juma " + asha.Sid], await portal.AuditOfAsync("user.view"));
    }

    [Theory, BothDatabases]
    public async Task The_statement_is_paged(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        for (var n = 1; n <= 23; n++)
        {
            await asha.TopUpAsync(n);
            portal.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
        using var browser = await portal.OperatorAsync();
        var body = (await browser.OpenAsync("/admin/users/" + asha.Sid)).Expect(200).Body;
        var older = System
            .Text.RegularExpressions.Regex.Match(body, "href=\"([^\"]*statement_after=[^\"]*)#statement\"")
            .Groups[1]
            .Value;
        Assert.Contains(">&#x2B;$0.23<", body, StringComparison.Ordinal);
        Assert.DoesNotContain(">&#x2B;$0.03<", body, StringComparison.Ordinal);
        Assert.Contains(">&#x2B;$0.03<", (await browser.OpenAsync(older)).Expect(200).Body, StringComparison.Ordinal);
        (await browser.OpenAsync("/admin/users/" + asha.Sid + "?statement_after=x")).Expect(422);
    }

    private static async Task<long> BalanceAsync(Portal portal, string sid) =>
        await portal.ReadAsync(d => d.Accounts.Where(a => a.Sid == sid).Select(a => a.Balance).SingleAsync());

    private static Dictionary<string, string> Adjust(string amount, string direction, string reason) =>
        new()
        {
            ["amount"] = amount,
            ["direction"] = direction,
            ["reason"] = reason,
        };
}

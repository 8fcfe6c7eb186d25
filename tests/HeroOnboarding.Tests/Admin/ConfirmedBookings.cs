using HeroOnboarding.Admin.Access;
using HeroOnboarding.Credit;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Admin;

/// <summary>
/// A booking of an operator is shown on a confirmation page before it is carried out. The page needs no script.
/// </summary>
public sealed class ConfirmedBookings
{
    [Theory, BothDatabases]
    public async Task The_question_names_customer_and_amounts_and_books_nothing(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        using var browser = await portal.OperatorAsync();
        var form = new Dictionary<string, string>
        {
            ["amount"] = "12.5",
            ["direction"] = "debit",
            ["reason"] = "typed <wrong>",
        };
        var question = (await browser.SubmitAsync("/admin/users/" + asha.Sid, "/admin/confirm-booking", form))
            .Expect(200)
            .Body;
        foreach (
            var words in new[]
            {
                "Debit $12.50 from asha?",
                "Credit now $0.00",
                "Credit then −$12.50",
                "The account will owe $12.50.",
                "typed <wrong>",
                asha.Sid,
            }
        )
            Assert.Contains(words, Markup.Text(question), StringComparison.Ordinal);
        Assert.Equal(0, await asha.BalanceAsync());
        var fields = Markup.Fields(question, "/admin/credit-adjust");
        foreach (var _ in new[] { 1, 2 })
            (await browser.PostFormAsync("/admin/credit-adjust", fields)).Expect(303);
        Assert.Equal(-12_500_000, await asha.BalanceAsync());
        Assert.DoesNotContain(
            "action=\"/admin/credit-adjust\"",
            (await browser.OpenAsync("/admin/users/" + asha.Sid)).Expect(200).Body,
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task A_decision_about_suspense_is_asked_for_first(Db db)
    {
        await using var paying = await Paying.StartAsync(db);
        var (_, checkout) = await paying.OpenAsync();
        var item = await MismatchedPayments.PutAsideAsync(paying, checkout, "amount");
        using var browser = await paying.Portal.OperatorAsync();
        var page = "/admin/suspense/" + item;
        var sentBack = new Dictionary<string, string> { ["=action"] = "refunded", ["reason"] = "sent back" };
        var refund = (await browser.SubmitAsync(page, "/admin/confirm-booking", sentBack)).Expect(200).Body;
        Assert.Contains("Nobody is credited.", Markup.Text(refund), StringComparison.Ordinal);
        var hers = new Dictionary<string, string> { ["reason"] = "it was hers" };
        var assign = (await browser.SubmitAsync(page, "/admin/confirm-booking", hers)).Expect(200).Body;
        Assert.Matches(@"Credit \$\d+\.\d\d to asha\?", Markup.Text(assign));
        Assert.Equal(0, await paying.BalanceAsync());
        (
            await browser.PostFormAsync("/admin/suspense-resolve", Markup.Fields(assign, "/admin/suspense-resolve"))
        ).Expect(303);
        await paying.ExpectBooksAsync(900);
        var late = (
            await browser.PostFormAsync("/admin/confirm-booking", Markup.Fields(assign, "/admin/suspense-resolve"))
        ).Expect(303);
        Assert.Equal($"{page}?refused={PaymentRefusals.SuspenseResolved.Code}", late.Location);
    }

    [Fact]
    public async Task Nobody_but_operators_is_asked_and_unknown_customers_are_refused()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, environment: NamedOperators.Settings());
        var asha = await portal.SignUpAsync("asha");
        var form = new Dictionary<string, string>
        {
            ["user_sid"] = asha.Sid,
            ["amount"] = "5",
            ["direction"] = "credit",
            ["reason"] = "goodwill",
        };
        using var viewer = await NamedOperators.SessionOfAsync(portal, "4204", "vera");
        (await viewer.SendAsync(HttpMethod.Post, "/admin/confirm-booking", form)).ExpectRefusal(
            AccessRefusals.RoleRequired
        );
        form["user_sid"] = Conventions.Route.UnknownSid;
        (await portal.AdminPostAsync("/admin/confirm-booking", form)).ExpectRefusal(Refusals.NotFound);
        using var browser = await NamedOperators.SessionOfAsync(portal, "4202", "olga");
        var reloaded = (await browser.SendAsync(HttpMethod.Get, "/admin/confirm-booking")).Expect(302);
        Assert.Equal("/admin/users", reloaded.Location);
    }
}

/// <summary>An operator's way to a booking: type, read, confirm.</summary>
internal static class Bookings
{
    public static async Task<Reply> BookAsync(
        this Browser browser,
        string page,
        string route,
        IReadOnlyDictionary<string, string> fields
    )
    {
        var question = await browser.SubmitAsync(page, "/admin/confirm-booking", fields);
        return (int)question.Status == 200
            ? await browser.PostFormAsync(route, Markup.Fields(question.Body, route))
            : question;
    }
}

using System.Text.RegularExpressions;
using HeroOnboarding.Credit;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Conventions;
using HeroOnboarding.Tests.Stores;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Credit;

public sealed class ReceiptPages
{
    private static readonly Dictionary<string, string?> Seller = new()
    {
        ["SELLER_NAME"] = "Hero Machines Ltd",
        ["SELLER_ADDRESS"] = "Samora Avenue 1, Dar es Salaam",
    };

    [Theory, BothDatabases]
    public async Task A_receipt_says_who_sold_what_to_whom_for_how_much_and_when(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), Seller);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = 2500,
                    reason = "bank transfer <17>",
                }
            )
        ).Expect(200);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        var bought = (await asha.BuyPlanAsync()).Expect(201).Text("sid");
        var credited = await OpenAsync(asha, NumberOf(portal, 1));
        Assert.DoesNotContain("<17>", credited, StringComparison.Ordinal);
        var text = Markup.Text(credited);
        foreach (
            var words in new[]
            {
                "Receipt " + NumberOf(portal, 1),
                "$25.00",
                "What Credit added by the operator",
                "Reason bank transfer <17>",
                "Credit +$25.00",
                "Hero Machines Ltd Samora Avenue 1, Dar es Salaam",
                "Customer asha",
                asha.Sid,
                " UTC",
            }
        )
            Assert.Contains(words, text, StringComparison.Ordinal);
        var purchase = Markup.Text(await OpenAsync(asha, NumberOf(portal, 2)));
        foreach (
            var words in new[]
            {
                "What Plan bought: 5 machines, 30 days",
                "Credit −$10.00",
                "Reference " + bought,
                Shown(portal.Now),
            }
        )
            Assert.Contains(words, purchase, StringComparison.Ordinal);
        Assert.DoesNotMatch("(?i)invoice|tax|vat", text + purchase);
        Assert.DoesNotContain("Reason", purchase, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Names_on_a_receipt_stay_what_they_were_when_it_was_issued(Db db)
    {
        await using var portal = await Portal.StartAsync(db, environment: Seller);
        var asha = await portal.SignUpAsync("asha", "4200");
        await asha.TopUpAsync(100);
        await portal.RestartAsync(
            new Dictionary<string, string?> { ["SELLER_NAME"] = "Another Seller", ["SELLER_ADDRESS"] = null }
        );
        await portal.SignUpAsync("asha-renamed", "4200");
        await asha.TopUpAsync(100);
        var (first, second) = (
            Markup.Text(await OpenAsync(asha.Again(), NumberOf(portal, 1))),
            Markup.Text(await OpenAsync(asha.Again(), NumberOf(portal, 2)))
        );
        Assert.Contains(
            "Seller Hero Machines Ltd Samora Avenue 1, Dar es Salaam Customer asha Account",
            first,
            StringComparison.Ordinal
        );
        Assert.Contains("Seller Another Seller Customer asha-renamed Account", second, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Somebody_elses_and_unknown_and_odd_numbers_are_the_same_404(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("juma"));
        await asha.TopUpAsync(100);
        await OpenAsync(asha, NumberOf(portal, 1));
        foreach (
            var number in new[]
            {
                NumberOf(portal, 1),
                NumberOf(portal, 2),
                "2026-1",
                "x",
                "2026-00000%01",
                "' OR 1=1 --",
                new string('1', 400),
                "2026-٠٠٠٠٠١",
            }
        )
        {
            var reply = (
                await juma.Browser.OpenAsync("/receipts/" + number.Replace("' ", "'%20", StringComparison.Ordinal))
            ).Expect(404);
            Assert.Contains(Refusals.NotFound.Title, reply.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("asha", reply.Body, StringComparison.Ordinal);
        }
        Assert.Equal("/login", (await portal.Browser().OpenAsync("/receipts/" + NumberOf(portal, 1))).At.AbsolutePath);
    }

    [Theory, BothDatabases]
    public async Task Less_than_a_cent_is_shown_exactly(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await portal.Units.RunAsync(
            "test.usage",
            Actor.System("test"),
            async unit =>
            {
                await Ledger.DebitAsync(unit, asha.Sid, Ledger.Revenue, 12_345, TransferKind.OperatorDebit, "usage-1");
            }
        );
        var text = Markup.Text(await OpenAsync(asha, NumberOf(portal, 1)));
        Assert.Contains("$0.012345 What", text, StringComparison.Ordinal);
        Assert.Contains("Credit −$0.012345", text, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task The_statement_leads_to_the_receipts_in_as_many_statements_however_long_it_is(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        await portal.AcceptsAsync(
            "INSERT INTO transfers (sid, debit, credit, amount, kind, reference, actor, created_at) VALUES "
                + "('00000000000000000000000001', 'adjustment', {0}, 1, 'operator_credit', 'before receipts', "
                + "'test', 1)",
            Ledger.Of(asha.Sid)
        );
        await asha.TopUpAsync(100);
        await using var look = portal.Database.OpenWrite();
        using var tap = new StatementTap(look.Database.GetDbConnection());
        var page = "";
        await tap.HearAsync(async () => page = (await asha.Browser.OpenAsync("/credit")).Expect(200).Body);
        var few = tap.Count;
        Assert.Equal(
            [NumberOf(portal, 1)],
            Regex.Matches(page, "href=\"/receipts/([^\"]+)\">Receipt \\1</a>").Select(m => m.Groups[1].Value)
        );
        for (var n = 2; n <= 40; n++)
            await asha.TopUpAsync(n);
        await tap.HearAsync(async () => page = (await asha.Browser.OpenAsync("/credit")).Expect(200).Body);
        Assert.Equal(few, tap.Count);
        Assert.Equal(
            Enumerable.Range(1, 40).Reverse().Select(n => NumberOf(portal, n)),
            Regex.Matches(page, "href=\"/receipts/([^\"]+)\"").Select(m => m.Groups[1].Value)
        );
    }

    private static string NumberOf(Portal portal, int seq) => Receipts.NumberOf(portal.Now.UtcDateTime.Year, seq);

    private static string Shown(DateTimeOffset at) =>
        at.UtcDateTime.ToString("d MMM yyyy, HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string> OpenAsync(Customer customer, string number) =>
        (await customer.Browser.OpenAsync("/receipts/" + number)).Expect(200).Body;
}

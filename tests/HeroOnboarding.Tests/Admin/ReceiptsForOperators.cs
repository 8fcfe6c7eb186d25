using HeroOnboarding.Credit;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

public sealed class ReceiptsForOperators
{
    [Theory, BothDatabases]
    public async Task They_are_listed_newest_first_and_found_by_number_account_name_and_reference(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("Asha-Mwangi");
        var juma = await portal.SignUpWithPlanAsync("juma");
        for (var n = 0; n < 9; n++)
            await asha.TopUpAsync(n - 20);
        var year = portal.Now.UtcDateTime.Year;
        string NumberOf(int seq) => Receipts.NumberOf(year, seq);
        Assert.Equal(
            Enumerable.Range(1, 11).Reverse().Select(NumberOf),
            await portal.WalkAsync("/admin/list-receipts", "number", 4)
        );
        Assert.Equal(
            Enumerable.Range(1, 11).Select(NumberOf),
            await portal.WalkAsync("/admin/list-receipts?sort=number", "number", 3)
        );
        Assert.Equal(
            [NumberOf(2), NumberOf(1)],
            await portal.WalkAsync("/admin/list-receipts?q=" + juma.Sid.ToLowerInvariant(), "number", 50)
        );
        Assert.Equal(9, (await portal.WalkAsync("/admin/list-receipts?q=ASHA-m", "number", 50)).Count);
        Assert.Equal([NumberOf(7)], await portal.WalkAsync("/admin/list-receipts?q=" + NumberOf(7), "number", 50));
        Assert.Equal(
            [NumberOf(11), NumberOf(10)],
            await portal.WalkAsync("/admin/list-receipts?q=00001", "number", 50) is var found ? found.Take(2) : []
        );
        var purchase = await portal.ReadAsync(d => d.Purchases.Select(p => p.Sid).SingleAsync());
        Assert.Equal([NumberOf(2)], await portal.WalkAsync("/admin/list-receipts?q=" + purchase, "number", 50));
        var row = (await portal.AdminAsync(HttpMethod.Get, "/admin/list-receipts?q=" + purchase))
            .Expect(200)
            .Json.GetProperty("rows")[0];
        Assert.Equal(
            ("juma", juma.Sid, "plan_purchase", -1000),
            (
                row.GetProperty("user_name").GetString(),
                row.GetProperty("user_sid").GetString(),
                row.GetProperty("kind").GetString(),
                row.GetProperty("amount_cents").GetInt64()
            )
        );
    }

    [Theory, BothDatabases]
    public async Task An_operator_sees_what_the_customer_sees(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            environment: new Dictionary<string, string?> { ["SELLER_NAME"] = "Hero Machines Ltd" }
        );
        var asha = await portal.SignUpAsync("asha");
        await asha.TopUpAsync(1234);
        var number = Receipts.NumberOf(portal.Now.UtcDateTime.Year, 1);
        using var operators = await portal.OperatorAsync();
        var page = (await operators.OpenAsync("/admin/receipts")).Expect(200).Body;
        Assert.Contains($"href=\"/admin/receipts/{number}\"", page, StringComparison.Ordinal);
        Assert.Contains("+$12.34", Markup.Text(page), StringComparison.Ordinal);
        var theirs = (await operators.OpenAsync("/admin/receipts/" + number)).Expect(200).Body;
        var mine = (await asha.Browser.OpenAsync("/receipts/" + number)).Expect(200).Body;
        Assert.Equal(Article(mine), Article(theirs));
        Assert.Contains("Hero Machines Ltd", theirs, StringComparison.Ordinal);
        (await operators.OpenAsync("/admin/receipts/" + Receipts.NumberOf(2000, 1))).Expect(404);
        Assert.Contains(
            "Nothing found",
            (await operators.OpenAsync("/admin/receipts?q=nobody")).Body,
            StringComparison.Ordinal
        );
        (await portal.AdminAsync(HttpMethod.Get, "/admin/list-receipts?after=x")).ExpectRefusal(Refusals.QueryInvalid);
    }

    private static string Article(string html) =>
        html[html.IndexOf("<article", StringComparison.Ordinal)..html.IndexOf("</article>", StringComparison.Ordinal)];
}

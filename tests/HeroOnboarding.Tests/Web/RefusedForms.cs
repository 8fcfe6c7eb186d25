using System.Web;
using HeroOnboarding.Credit;
using HeroOnboarding.Tests.Accounts;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Web;

namespace HeroOnboarding.Tests.Web;

/// <summary>
/// A refused form returns to its page with the code and typed values; the page shows the same sentence as <c>detail</c>
/// in JSON.
/// </summary>
public sealed class RefusedForms
{
    [Theory, BothDatabases]
    public async Task The_page_of_a_refused_purchase_says_how_much_is_missing(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(999);
        await ExpectSameDetailAsync(
            asha,
            "/plan/buy",
            new() { ["plan_id"] = "vms-5" },
            "It costs $10.00, your credit is $9.99: $0.01 is missing. Nothing was charged."
        );
        await asha.TopUpAsync(1);
        (await asha.BuyPlanAsync()).Expect(201);
        await asha.TopUpAsync(250);
        await ExpectSameDetailAsync(
            asha,
            "/plan/renew",
            [],
            "It costs $10.00, your credit is $2.50: $7.50 is missing. Nothing was charged."
        );
        await ExpectSameDetailAsync(
            asha,
            "/plan/upgrade",
            new() { ["plan_id"] = "vms-10" },
            "It costs $10.00, your credit is $2.50: $7.50 is missing. Nothing was charged."
        );
        await asha.TopUpAsync(-500);
        await ExpectSameDetailAsync(
            asha,
            "/plan/renew",
            [],
            "Your account owes $2.50. Add credit to settle it first. Nothing was charged."
        );
    }

    [Theory, BothDatabases]
    public async Task The_page_of_a_refused_start_or_replacement_says_when_the_next_is_possible(Db db)
    {
        await using var portal = await Portal.StartAsync(
            db,
            Portal.Machines(20),
            new Dictionary<string, string?> { ["HANDOUTS_PER_SLOT"] = "1", ["REPLACEMENTS_PER_SLOT"] = "1" }
        );
        var asha = await portal.SignUpWithMachinesAsync("asha", 5);
        var (day, lease) = (portal.Now, (await asha.LeasesAsync())[0].Sid);
        (await asha.ReleaseAsync((await asha.LeasesAsync())[1].Sid)).Expect(200);
        await ExpectSameDetailAsync(
            asha,
            "/vm/allocate",
            [],
            $"The next machine can be started at {Show.Utc(day.AddDays(1))}. Machines you hold keep running."
        );
        for (var n = 0; n < 5; n++)
            lease = (await asha.PostAsync("/vm/replace", new { allocation_sid = lease })).Expect(201).Text("sid");
        await ExpectSameDetailAsync(
            asha,
            "/vm/replace",
            new() { ["allocation_sid"] = lease },
            $"The next machine can be replaced at {Show.Utc(day.AddDays(30))}. Before that, contact support."
        );
    }

    [Fact]
    public async Task The_page_of_a_refused_payment_says_the_limits()
    {
        await using var paying = await Paying.StartAsync();
        await ExpectSameDetailAsync(
            paying.Asha,
            "/payment/intent",
            new() { ["amount_cents"] = "1" },
            "Choose an amount from $"
        );
    }

    [Theory, BothDatabases]
    public async Task The_page_of_a_refused_unlinking_says_when_it_is_possible(Db db)
    {
        await using var at = await TwoWaysIn.StartAsync(db);
        var asha = await at.ByForgeAsync();
        (await TwoWaysIn.ConfirmAsync(asha.Browser, await at.OfferAddressAsync(asha.Browser, "asha"))).Expect(303);
        var possible =
            (await at.AccountAsync(asha.Sid)).MyceliumLinkedAt!.Value
            + HeroOnboarding.Accounts.UnlinkIdentity.Probation;
        await ExpectSameDetailAsync(
            asha,
            "/account/unlink-forge",
            [],
            $"You can unlink it after {Show.Utc(possible)}. Nothing was changed."
        );
    }

    /// <summary>
    /// Any visitor can write a URL: a value that is no number in range counts as absent, and only the catalogue's
    /// sentence is shown.
    /// </summary>
    [Theory]
    [InlineData("refused_price=10000000&refused_balance=9990000", "It costs $10.00, your credit is $9.99")]
    [InlineData("refused_price=<b>free</b>&refused_balance=0", null)]
    [InlineData("refused_price=9999999999999999999&refused_balance=0", null)]
    [InlineData("refused_price=9000000000000000000&refused_balance=0", null)]
    [InlineData("refused_price=-1&refused_balance=0", null)]
    [InlineData("refused_price=10000000", null)]
    [InlineData("refused_price=5&refused_balance=10", null)]
    [InlineData("refused_detail=Send+your+password", null)]
    public async Task Only_numbers_in_range_are_read_from_the_address(string query, string? expected)
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite);
        var asha = await portal.SignUpAsync("asha");
        var page = Markup.Text(
            (await asha.Browser.OpenAsync("/plans?refused=credit.insufficient&" + query)).Expect(200).Body
        );
        Assert.Contains(
            $"{CreditRefusals.CreditInsufficient.Title} {expected ?? CreditRefusals.CreditInsufficient.Next}",
            page,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("password", page, StringComparison.Ordinal);
    }

    private static async Task ExpectSameDetailAsync(
        Customer customer,
        string route,
        Dictionary<string, string> fields,
        string detail
    )
    {
        var body = fields.ToDictionary(
            f => f.Key,
            f => f.Key == "amount_cents" ? (object)long.Parse(f.Value) : f.Value
        );
        Assert.StartsWith(detail, (await customer.PostAsync(route, body)).Text("detail"), StringComparison.Ordinal);
        fields[FormTokens.Field] = await customer.Portal.FormTokenAsync(customer.Browser);
        var back = (await customer.Browser.PostFormAsync(route, fields)).Expect(303).Location!;
        var query = HttpUtility.ParseQueryString(back[back.IndexOf('?', StringComparison.Ordinal)..]);
        Assert.All(
            query.AllKeys.Except(["refused", "trace"]),
            k => Assert.True(long.TryParse(query[k], out _), $"{k} of {back} is no number.")
        );
        var page = (await customer.Browser.OpenAsync(back)).Expect(200).Body;
        Assert.Contains(
            detail,
            Markup.Text(page).Replace(" .", ".", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
    }
}

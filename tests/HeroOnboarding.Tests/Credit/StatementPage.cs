using System.Text.RegularExpressions;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.Credit;

public sealed class StatementPage
{
    [Theory, BothDatabases]
    public async Task Without_any_movement_it_says_what_credit_is_and_how_to_get_some(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        var page = Markup.Text(await OpenAsync(asha, "/credit"));
        Assert.Contains("Your credit $0.00", page, StringComparison.Ordinal);
        Assert.Contains("The operator of this site adds credit.", page, StringComparison.Ordinal);
        Assert.Contains(asha.Sid, page, StringComparison.Ordinal);
        Assert.Contains("Nothing yet", page, StringComparison.Ordinal);
    }

    [Theory, BothDatabases]
    public async Task Every_movement_is_listed_newest_first_in_plain_words_with_its_sign(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await AdjustAsync(asha, 2500, "bank transfer 17");
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        (await asha.BuyPlanAsync()).Expect(201);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await AdjustAsync(asha, -1600, "typed twice <b>by mistake</b>");
        var page = await OpenAsync(asha, "/credit");
        Assert.DoesNotContain("<b>by mistake", page, StringComparison.Ordinal);
        var text = Markup.Text(page);
        Assert.Contains("Your credit −$1.00 Owed", text, StringComparison.Ordinal);
        Assert.Matches(
            "Credit taken by the operator: typed twice <b>by mistake</b> .*−\\$16\\.00 Plan bought: 5 machines, 30 "
                + "days .*−\\$10\\.00 "
                + "Credit added by the operator: bank transfer 17 .*\\+\\$25\\.00",
            text
        );
    }

    [Theory, BothDatabases]
    public async Task A_long_statement_is_paged_without_gaps_and_never_shows_other_people(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var (asha, juma) = (await portal.SignUpAsync("asha"), await portal.SignUpAsync("juma"));
        for (var i = 0; i < 53; i++)
        {
            await AdjustAsync(asha, 100, $"number-{i:00}.");
            portal.Clock.Advance(TimeSpan.FromMilliseconds(2));
        }
        await AdjustAsync(juma, 100, "of-juma");
        var first = await OpenAsync(asha, "/credit");
        var older = Regex.Match(first, "href=\"(/credit\\?after=[0-9A-Z]{26})\"").Groups[1].Value;
        var second = await OpenAsync(asha, older);
        Assert.Equal(
            Enumerable.Range(3, 50).Select(i => $"number-{i:00}.").Reverse(),
            Regex.Matches(first, "number-\\d\\d\\.").Select(m => m.Value)
        );
        Assert.Equal(
            ["number-02.", "number-01.", "number-00."],
            Regex.Matches(second, "number-\\d\\d\\.").Select(m => m.Value)
        );
        Assert.DoesNotContain("of-juma", first + second, StringComparison.Ordinal);
        Assert.Contains("href=\"/credit\">Newest</a>", second, StringComparison.Ordinal);
        Assert.DoesNotContain("Older</a>", second, StringComparison.Ordinal);
        Assert.Contains("number-52.", await OpenAsync(asha, "/credit?after=%27%3B--"), StringComparison.Ordinal);
    }

    private static async Task AdjustAsync(Customer customer, long cents, string reason) =>
        (
            await customer.Portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = customer.Sid,
                    amount_cents = cents,
                    reason,
                }
            )
        ).Expect(200);

    private static async Task<string> OpenAsync(Customer customer, string page) =>
        (await customer.Browser.OpenAsync(page)).Expect(200).Body;
}

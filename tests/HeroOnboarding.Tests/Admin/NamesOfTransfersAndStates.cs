using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Admin;

/// <summary>
/// The names of transfers and states are defined once; pages of customers and operators use the same.
/// </summary>
public sealed class NamesOfTransfersAndStates
{
    [Fact]
    public void Every_kind_of_transfer_has_words() =>
        Assert.All(Enum.GetValues<TransferKind>(), kind => Assert.Contains(' ', TransferWords.Of(kind)));

    [Theory, BothDatabases]
    public async Task Operators_read_the_words_of_the_statement(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.SignUpWithPlanAsync("asha");
        await asha.TopUpAsync(9000);
        (await asha.PostAsync("/plan/renew", new { })).Expect(200);
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "vms-10" })).Expect(201);
        using var operators = await portal.OperatorAsync();
        foreach (var page in new[] { "/admin/users/" + asha.Sid, "/admin/receipts" })
        {
            var text = Markup.Text((await operators.OpenAsync(page)).Expect(200).Body);
            foreach (
                var words in new[]
                {
                    "Credit added by the operator",
                    "Plan bought",
                    "Plan renewed",
                    "Unused rest of the plan before",
                }
            )
                Assert.Contains(words, text, StringComparison.Ordinal);
            Assert.DoesNotContain("PlanRe", text, StringComparison.Ordinal);
        }
    }

    [Theory, BothDatabases]
    public async Task A_state_of_verification_has_one_label_everywhere(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        var asha = await portal.SignUpAsync("asha");
        using var operators = await portal.OperatorAsync();
        foreach (var status in Enum.GetValues<KycStatus>())
        {
            await portal.Units.RunAsync(
                "test.state",
                HeroOnboarding.Store.Actor.System("test"),
                unit => unit.Db.Accounts.ExecuteUpdateAsync(set => set.SetProperty(a => a.KycStatus, status))
            );
            var badge = $"<span class=\"badge {KycBadge.Of(status).Tone}\">{KycBadge.Of(status).Label}</span>";
            Assert.Contains(
                badge,
                (await asha.Browser.OpenAsync("/account")).Expect(200).Body,
                StringComparison.Ordinal
            );
            foreach (var page in new[] { "/admin/users", "/admin/users/" + asha.Sid })
            {
                var body = (await operators.OpenAsync(page)).Expect(200).Body;
                Assert.Contains(
                    badge.Replace("badge \"", "badge\"", StringComparison.Ordinal),
                    body,
                    StringComparison.Ordinal
                );
            }
        }
    }

    [Theory, BothDatabases]
    public async Task The_overview_counts_plans_that_run_now(Db db)
    {
        await using var portal = await Portal.StartAsync(db);
        await portal.SignUpWithPlanAsync("asha");
        portal.Clock.Advance(TimeSpan.FromDays(20));
        await portal.SignUpWithPlanAsync("juma");
        Assert.Contains("2 with an active plan", await OverviewAsync(portal), StringComparison.Ordinal);
        portal.Clock.Advance(TimeSpan.FromDays(11));
        Assert.Contains("1 with an active plan", await OverviewAsync(portal), StringComparison.Ordinal);
    }

    private static async Task<string> OverviewAsync(Portal portal)
    {
        using var operators = await portal.OperatorAsync();
        return Markup.Text((await operators.OpenAsync("/admin")).Expect(200).Body);
    }
}

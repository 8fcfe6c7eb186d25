using HeroOnboarding.Accounts;
using HeroOnboarding.Plans;
using HeroOnboarding.Tests.Support;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.Plans;

/// <summary>A customer chooses a plan before verification and payment, chooses another, or withdraws.</summary>
public sealed class ChoosingAPlan
{
    private static readonly Dictionary<string, string?> Terms = new()
    {
        ["TERMS_URL"] = "https://example.org/terms",
        ["TERMS_VERSION"] = "2026-11",
    };

    [Theory, BothDatabases]
    public async Task A_changed_price_or_plan_buys_nothing_by_itself(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.ReadyToPayAsync();
        await portal.RestartAsync(
            new Dictionary<string, string?> { ["PLANS_JSON"] = """[{"id":"vms-5","price_cents":1100,"vm_count":5}]""" }
        );
        (
            await portal.AdminPostAsync(
                "/admin/credit-adjust",
                new
                {
                    user_sid = asha.Sid,
                    amount_cents = 1000,
                    reason = "test credit",
                }
            )
        ).Expect(200);
        await portal.DeliverAsync();
        Assert.Equal(
            PlanRefusals.PlanChanged.Code,
            await portal.ReadAsync(d => d.PurchaseIntents.Select(i => i.RefusedCode).SingleAsync())
        );
        Assert.Equal(10_000_000, await portal.ReadAsync(d => d.Accounts.Select(a => a.Balance).SingleAsync()));
        var page = Markup.Text((await Tests.Stores.Breaking.Again(asha).Browser.OpenAsync("/start")).Expect(200).Body);
        Assert.Contains(
            "The plan has changed since you chose it. It costs $11.00 now. Nothing was charged.",
            page,
            StringComparison.Ordinal
        );
        // Nothing starts automatically before that, so the page promises nothing and asks for no money.
        Assert.Contains("Choose it again", page, StringComparison.Ordinal);
        Assert.DoesNotContain("start by themselves", page, StringComparison.Ordinal);
        (await Tests.Stores.Breaking.Again(asha).Browser.SubmitAsync("/start", "/plan/choose")).Expect(303);
        Assert.Contains(
            "$1.00 is missing",
            Markup.Text((await Tests.Stores.Breaking.Again(asha).Browser.OpenAsync("/start")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Choosing_again_replaces_and_withdrawing_forgets(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1));
        var asha = await portal.ReadyToPayAsync();
        Assert.Equal("vms-10", (await asha.ChoosePlanAsync("vms-10")).Expect(201).Text("plan_id"));
        Assert.Equal(
            ["vms-10"],
            await portal.ReadAsync(d =>
                d.PurchaseIntents.Where(i => i.State == PurchaseIntentState.Waiting).Select(i => i.PlanId).ToListAsync()
            )
        );
        Assert.Equal(
            "/plans?withdrawn=1",
            (await asha.Browser.SubmitAsync("/start", "/plan/withdraw")).Expect(303).Location
        );
        const string forgotten = "The plan that you chose is forgotten.";
        Assert.Contains(
            forgotten,
            Markup.Text((await asha.Browser.OpenAsync("/plans?withdrawn=1")).Expect(200).Body),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            forgotten,
            Markup.Text((await asha.Browser.OpenAsync("/plans")).Expect(200).Body),
            StringComparison.Ordinal
        );
        await asha.TopUpAsync(9000);
        await portal.DeliverAsync();
        Assert.Equal(0, await portal.ReadAsync(d => d.Purchases.CountAsync()));
        (await asha.PostAsync("/plan/withdraw", new { })).Expect(200);
        (await asha.ChoosePlanAsync("vms-5")).Expect(201);
        Assert.DoesNotContain(
            forgotten,
            Markup.Text((await asha.Browser.OpenAsync("/plans?withdrawn=1")).Expect(200).Body),
            StringComparison.Ordinal
        );
    }

    [Theory, BothDatabases]
    public async Task Gates_of_choosing_say_no(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), Terms);
        var asha = await portal.SignUpAsync("asha");
        (await asha.ChoosePlanAsync("vms-7")).ExpectRefusal(PlanRefusals.PlanUnknown);
        (await asha.ChoosePlanAsync()).ExpectRefusal(AccountRefusals.TermsRequired);
        (
            await asha.PostAsync(
                "/plan/choose",
                new
                {
                    plan_id = "vms-5",
                    accept_terms = true,
                    ssh_public_key = "no key",
                }
            )
        ).ExpectRefusal(VmRefusals.SshKeyInvalid);
        Assert.Null(await portal.ReadAsync(d => d.Accounts.Select(a => a.TermsVersion).SingleAsync()));
        (await portal.AdminPostAsync("/admin/user-suspend", new { user_sid = asha.Sid, reason = "a look" })).Expect(
            200
        );
        (await asha.ChoosePlanAsync()).ExpectRefusal(AccountRefusals.AccountSuspended);
        Assert.Equal(0, await portal.ReadAsync(d => d.PurchaseIntents.CountAsync()));
    }

    [Theory, BothDatabases]
    public async Task The_accepted_version_of_the_terms_stands_on_account_and_purchase(Db db)
    {
        await using var portal = await Portal.StartAsync(db, Portal.Machines(1), Terms);
        var asha = await portal.SignUpAsync("asha");
        await asha.PassKycAsync();
        await asha.TopUpAsync(2000);
        (await asha.BuyPlanAsync(acceptTerms: false)).ExpectRefusal(AccountRefusals.TermsRequired);
        Assert.Contains(
            "By going on you accept the terms",
            Markup.Text((await asha.Browser.OpenAsync("/plans")).Body),
            StringComparison.Ordinal
        );
        (await asha.Browser.SubmitAsync("/plans", "/plan/buy")).Expect(303);
        var (account, purchase) = await portal.ReadAsync(async d =>
            (await d.Accounts.SingleAsync(), await d.Purchases.SingleAsync())
        );
        var accepted = portal.Now;
        Assert.Equal(("2026-11", accepted), (account.TermsVersion, account.TermsAcceptedAt));
        Assert.Equal(("2026-11", accepted), (purchase.TermsVersion, purchase.TermsAcceptedAt));
        // An upgrade is a purchase of its own; the same version is not accepted a second time.
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await asha.TopUpAsync(2000);
        (await asha.PostAsync("/plan/upgrade", new { plan_id = "vms-10" })).Expect(201);
        var larger = await portal.ReadAsync(d => d.Purchases.SingleAsync(p => p.PlanId == "vms-10"));
        Assert.Equal(("2026-11", accepted), (larger.TermsVersion, larger.TermsAcceptedAt));
        Assert.DoesNotContain(
            "By going on you accept",
            (await asha.Browser.OpenAsync("/plans")).Body,
            StringComparison.Ordinal
        );
    }
}

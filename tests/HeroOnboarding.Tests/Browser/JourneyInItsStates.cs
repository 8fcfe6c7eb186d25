using HeroOnboarding.Accounts;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Store;
using HeroOnboarding.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>
/// Each state of the way to the first machine, seen once: wide, on a phone, dark, and by the rules of accessibility.
/// </summary>
[Collection(OneBrowser.Name)]
public sealed class JourneyInItsStates(Chromium chromium)
{
    private static readonly Dictionary<string, string?> Providers = new()
    {
        ["STRIPE_API_URL"] = "http://127.0.0.1:9",
        ["STRIPE_SECRET_KEY"] = "sk_test_states",
        ["STRIPE_WEBHOOK_SIGNING_KEY"] = "whsec_states_of_the_journey",
        ["IDENFY_API_URL"] = "http://127.0.0.1:9",
        ["IDENFY_API_KEY"] = "key",
        ["IDENFY_API_SECRET"] = "secret",
        ["IDENFY_WEBHOOK_SECRET"] = "signing-key-of-states",
        ["SUPPORT_URL"] = "https://help.example.org/",
    };

    [Fact]
    public async Task While_the_identity_is_checked()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2), Providers, kestrel: true);
        var asha = await ChosenAsync(portal);
        await using var window = await chromium.OpenAsync(asha);
        await SeeAsync(
            window,
            portal,
            "check-open",
            "Your identity check has begun.",
            unit => Check(unit, asha, s => s.Url = "http://127.0.0.1:9/go")
        );
        await SeeAsync(
            window,
            portal,
            "check-review",
            "A person looks at your check.",
            unit => Check(unit, asha, s => (s.NeedsReview, s.Url) = (true, null))
        );
        await SeeAsync(
            window,
            portal,
            "check-failed",
            "The last check was not accepted.",
            unit => Check(unit, asha, s => (s.State, s.NeedsReview) = (KycStatus.Failed, false))
        );
    }

    [Fact]
    public async Task While_the_money_is_on_its_way()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(2), Providers, kestrel: true);
        var asha = await ChosenAsync(portal);
        await asha.PassKycAsync();
        await using var window = await chromium.OpenAsync(asha);
        await SeeAsync(window, portal, "pay", "exactly $10.00 is missing", _ => Task.CompletedTask);
        await SeeAsync(
            window,
            portal,
            "pay-open",
            "Continue paying $10.00",
            unit => Pay(unit, asha, p => p.Url = "http://127.0.0.1:9/pay")
        );
        await SeeAsync(
            window,
            portal,
            "pay-received",
            "Received.",
            unit => Pay(unit, asha, p => p.ReturnedAt = unit.Now)
        );
        await SeeAsync(
            window,
            portal,
            "pay-checking",
            "Checking.",
            unit => Pay(unit, asha, p => p.State = PaymentState.Checking)
        );
        await SeeAsync(
            window,
            portal,
            "completing",
            "Everything is there.",
            async unit =>
            {
                await Pay(unit, asha, p => (p.State, p.SettledAt) = (PaymentState.Credited, unit.Now));
                await Ledger.CreditAsync(unit, asha.Sid, "stripe", 10_000_000, TransferKind.TopUp, "stripe:cs_states");
            }
        );
    }

    [Fact]
    public async Task At_the_start()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, "[]", Providers, kestrel: true);
        var asha = await ChosenAsync(portal);
        await asha.PassKycAsync();
        await asha.TopUpAsync(1000);
        await using var window = await chromium.OpenAsync(asha);
        await SeeAsync(window, portal, "start-empty", "You can buy the plan and start a machine later");
        await portal.DeliverAsync();
        await SeeAsync(window, portal, "start-refused", "Nothing was charged and your slot is untouched.");
        (await portal.RefreshPoolAsync(Portal.Machines(1))).Expect(200);
        await SeeAsync(
            window,
            portal,
            "start-changed",
            "The plan has changed since you chose it.",
            unit => unit.Db.PurchaseIntents.ExecuteUpdateAsync(set => set.SetProperty(i => i.Price, 9_000_000))
        );
        await SeeAsync(
            window,
            portal,
            "start-ready",
            "is charged when the machine is yours, not before",
            unit =>
                unit.Db.PurchaseIntents.ExecuteUpdateAsync(set =>
                    set.SetProperty(i => i.Price, 10_000_000)
                        .SetProperty(i => i.State, PurchaseIntentState.Waiting)
                        .SetProperty(i => i.RefusedCode, (string?)null)
                )
        );
        (await asha.BuyPlanAsync()).Expect(201);
        await SeeAsync(window, portal, "start-plan", "Machines are free; one is yours in about a second.");
        await window.Button("Get a machine").ClickAsync();
        await window.SeesAsync("vm-0001 is yours.");
        await SeeAsync(window, portal, "end", "To your machines");
    }

    [Fact]
    public async Task Before_a_plan_is_chosen()
    {
        await using var portal = await Portal.StartAsync(Db.Sqlite, Portal.Machines(1), Providers, kestrel: true);
        await using var window = await chromium.OpenAsync(await portal.SignUpAsync("juma"));
        await SeeAsync(
            window,
            portal,
            "offered",
            "Nothing is charged before your first machine can start",
            path: "/start?plan=vms-10"
        );
    }

    private static async Task<Customer> ChosenAsync(Portal portal)
    {
        var asha = await portal.SignUpAsync("asha");
        (await asha.PostAsync("/plan/choose", new { plan_id = "vms-5" })).Expect(201);
        return asha;
    }

    private static async Task SeeAsync(
        Window window,
        Portal portal,
        string name,
        string text,
        Func<Unit, Task>? change = null,
        string path = "/start"
    )
    {
        if (change is not null)
            await portal.Units.RunAsync("test.state", Actor.System("test"), change);
        await window.Page.GotoAsync(new Uri(portal.Address, path).ToString());
        await window.SeesAsync(text);
        await window.LookAsync("journey-" + name);
    }

    private static async Task Check(Unit unit, Customer customer, Action<KycSession> change)
    {
        var session =
            await unit.Db.KycSessions.SingleOrDefaultAsync()
            ?? unit.Db.KycSessions.Add(
                new KycSession
                {
                    Sid = unit.NewSid(),
                    AccountSid = customer.Sid,
                    Provider = "idenfy",
                    ClientId = customer.Sid,
                    ScanRef = "scan",
                    CreatedAt = unit.Now,
                    ExpiresAt = unit.Now.AddHours(1),
                }
            ).Entity;
        session.State = KycStatus.InProgress;
        change(session);
        (await unit.Db.Accounts.SingleAsync(a => a.Sid == customer.Sid)).KycStatus = session.State;
    }

    private static async Task Pay(Unit unit, Customer customer, Action<PaymentIntent> change)
    {
        var payment =
            await unit.Db.PaymentIntents.SingleOrDefaultAsync()
            ?? unit.Db.PaymentIntents.Add(
                new PaymentIntent
                {
                    Sid = unit.NewSid(),
                    AccountSid = customer.Sid,
                    Provider = "stripe",
                    Amount = 10_000_000,
                    Currency = "usd",
                    State = PaymentState.Open,
                    CheckoutId = "cs_states",
                    CreatedAt = unit.Now,
                    ExpiresAt = unit.Now.AddHours(1),
                }
            ).Entity;
        change(payment);
    }
}

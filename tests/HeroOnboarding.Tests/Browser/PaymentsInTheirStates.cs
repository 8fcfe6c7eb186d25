using HeroOnboarding.Credit;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Credit;
using HeroOnboarding.Tests.Support;

namespace HeroOnboarding.Tests.InBrowser;

/// <summary>Every state of a payment once, as its owner and as operators see it.</summary>
[Collection(OneBrowser.Name)]
public sealed class PaymentsInTheirStates(Chromium chromium)
{
    private static readonly Dictionary<string, string?> Links = new()
    {
        ["SUPPORT_URL"] = "https://help.example.org/",
        ["REFUND_POLICY_URL"] = "https://example.org/refunds",
    };

    [Fact]
    public async Task Paid_by_card()
    {
        await using var paying = await Paying.StartAsync(environment: Links, kestrel: true);
        await using var window = await chromium.OpenAsync(paying.Asha);
        await LookAsync(window, paying, "/credit", "pay-form");
        await window.Page.GetByLabel("Amount in dollars").FillAsync("12.50");
        await window.Button("Pay by card").ClickAsync();
        await window.Page.WaitForURLAsync("**/pay/cs_test_*");
        var checkout = paying.Stripe.Sessions.Single().Id;
        await LookAsync(
            window,
            paying,
            "/payment/return?cancelled=" + paying.Stripe.Sessions.Single().ClientReferenceId,
            "pay-waiting"
        );
        await LookAsync(window, paying, "/payment/return?session_id=" + checkout, "pay-received");
        await paying.TellAsync(paying.Stripe.PayLater(checkout));
        await window.Link("Look again").ClickAsync();
        await window.SeesAsync("Checking");
        await window.LookAsync("pay-checking");
        await paying.TellAsync(paying.Stripe.MoneyArrives(checkout));
        await window.Page.ReloadAsync();
        await window.SeesAsync("Credited");
        await window.LookAsync("pay-credited");
    }

    [Fact]
    public async Task Not_paid_and_not_theirs()
    {
        await using var paying = await Paying.StartAsync(environment: Links, kestrel: true);
        await using var window = await chromium.OpenAsync(paying.Asha);
        var (_, first) = await paying.OpenAsync(2500);
        await paying.TellAsync(paying.Stripe.Expire(first));
        await paying.TellAsync(paying.Stripe.Pay((await paying.OpenAsync(1000)).Checkout));
        await paying.OpenAsync(1250);
        paying.Stripe.Create.Next(StripeAnswer.Unavailable());
        (await paying.IntentAsync(700)).ExpectRefusal(PaymentRefusals.PaymentUnavailable);
        await LookAsync(window, paying, "/payment/return?session_id=" + first, "pay-not-paid");
        await LookAsync(window, paying, "/credit", "pay-list");
        await LookAsync(window, paying, "/credit?refused=payment.unavailable", "pay-refused");
        await window
            .Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Cancel the payment of $12.50" })
            .ClickAsync();
        await window.SeesAsync("You cancelled it before anything was paid.");
        await using var stranger = await chromium.OpenAsync();
        await LookAsync(stranger, paying, "/payment/return?session_id=" + first, "pay-signed-out");
    }

    [Fact]
    public async Task As_operators_see_them()
    {
        await using var paying = await Paying.StartAsync(environment: Links, kestrel: true);
        var (_, first) = await paying.OpenAsync(2500);
        await paying.TellAsync(paying.Stripe.Expire(first));
        await paying.TellAsync(paying.Stripe.Pay((await paying.OpenAsync(1000)).Checkout));
        await paying.OpenAsync(1250);
        var item = await MismatchedPayments.PutAsideAsync(paying, (await paying.OpenAsync()).Checkout, "amount");
        Assert.Equal(400, (await paying.Stripe.SendAsync("{}", "t=1,v1=00")).Status);
        await using var window = await chromium.OpenAsync();
        await window.Page.GotoAsync(new Uri(paying.Portal.Address, "/admin/login").ToString());
        await window.Page.GetByLabel("Operator secret").FillAsync(Portal.AdminSecret);
        await window.Page.GetByLabel("Your name").FillAsync("Neema Mollel");
        await window.Button("Sign in").ClickAsync();
        await window.SeesAsync("Overview");
        foreach (
            var (path, name) in new[]
            {
                ("/admin", "overview"),
                ("/admin/payments", "payments"),
                ("/admin/suspense", "suspense"),
                ("/admin/suspense/" + item, "suspense-item"),
                ("/admin/setup", "setup"),
                ("/admin/users/" + paying.Asha.Sid, "user"),
            }
        )
            await LookAsync(window, paying, path, "pay-admin-" + name);
    }

    private static async Task LookAsync(Window window, Paying paying, string path, string name)
    {
        await window.Page.GotoAsync(new Uri(paying.Portal.Address, path).ToString());
        await window.LookAsync(name);
    }
}

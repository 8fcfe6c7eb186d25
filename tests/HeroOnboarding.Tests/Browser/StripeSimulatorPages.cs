using System.Net;
using HeroOnboarding.Simulators.Stripe;
using HeroOnboarding.Tests.Simulators;

namespace HeroOnboarding.Tests.InBrowser;

[Collection(OneBrowser.Name)]
public sealed class StripeSimulatorPages(Chromium chromium)
{
    [Fact]
    public async Task Paying_leads_back_to_the_shop_with_the_session()
    {
        await using var shop = await StripeShop.OpenAsync();
        using var payer = Payer(shop);
        var id = (await shop.OrderAsync()).Id;
        Assert.Contains(
            "Pay 10.00 USD",
            await payer.GetStringAsync(new Uri("/pay/" + id, UriKind.Relative)),
            StringComparison.Ordinal
        );
        Assert.Equal($"https://shop.example/back?session={id}", await ChooseAsync(payer, $"/pay/{id}", "pay"));
        Assert.Equal("paid", (await shop.ReadAsync(id)).PaymentStatus);
        Assert.Contains(
            "You are done here",
            await payer.GetStringAsync(new Uri("/pay/" + id, UriKind.Relative)),
            StringComparison.Ordinal
        );
        // Another click changes nothing.
        Assert.Equal("/pay/" + id, await ChooseAsync(payer, $"/pay/{id}", "pay"));
        Assert.Single(shop.Stripe.Events);
    }

    [Theory]
    [InlineData("arrives", "paid", StripeEvent.AsyncPaymentSucceeded)]
    [InlineData("fails", "unpaid", StripeEvent.AsyncPaymentFailed)]
    public async Task Money_that_comes_later_arrives_or_not_by_a_click(string choice, string status, string told)
    {
        await using var shop = await StripeShop.OpenAsync();
        using var payer = Payer(shop);
        var id = (await shop.OrderAsync()).Id;
        Assert.Equal($"https://shop.example/back?session={id}", await ChooseAsync(payer, $"/pay/{id}", "later"));
        Assert.Contains(
            "Money does not arrive",
            await payer.GetStringAsync(new Uri("/money/" + id, UriKind.Relative)),
            StringComparison.Ordinal
        );
        Assert.Equal("/money/" + id, await ChooseAsync(payer, $"/money/{id}", choice));
        Assert.Equal(status, (await shop.ReadAsync(id)).PaymentStatus);
        Assert.Equal([StripeEvent.Completed, told], shop.Stripe.Events.Select(e => e.Type));
        Assert.DoesNotContain(
            "Money does not arrive",
            await payer.GetStringAsync(new Uri("/money/" + id, UriKind.Relative)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Going_back_leaves_the_session_open_and_an_expired_one_says_so()
    {
        await using var shop = await StripeShop.OpenAsync();
        using var payer = Payer(shop);
        var id = (await shop.OrderAsync()).Id;
        Assert.Equal("https://shop.example/cart", await ChooseAsync(payer, $"/pay/{id}", "back"));
        Assert.Equal("open", (await shop.ReadAsync(id)).Status);
        Assert.Equal("/", await ChooseAsync(payer, $"/expire/{id}", ""));
        Assert.Contains(
            "This page has expired",
            await payer.GetStringAsync(new Uri("/pay/" + id, UriKind.Relative)),
            StringComparison.Ordinal
        );
        Assert.Equal("/pay/" + id, await ChooseAsync(payer, $"/pay/{id}", "pay"));
        using var unknown = await payer.GetAsync(new Uri("/pay/cs_test_unknown", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task The_pages_can_be_clicked_in_a_browser_and_read_by_everybody()
    {
        await using var shop = await StripeShop.OpenAsync();
        await using var window = await chromium.OpenAsync();
        await window.Page.GotoAsync(shop.Stripe.Address.ToString());
        await window.SeesAsync("Nobody has been sent here to pay yet.");
        var home = new Uri(shop.Stripe.Address, "/?back").ToString();
        var order = StripeShop.Wish(change: o => (o.SuccessUrl, o.CancelUrl) = (home, home));
        var (later, open, expired) = (
            await shop.OrderAsync(order: order),
            await shop.OrderAsync(order: order),
            await shop.OrderAsync(order: order)
        );
        await window.Page.GotoAsync(later.Url);
        await window.LookAsync("stripe-pay");
        await window.Button("Pay later, by bank transfer").ClickAsync();
        await window.SeesAsync("complete, money on its way");
        await window.Button("Deliver now").ClickAsync();
        await window.SeesAsync("Deliver again");
        Assert.Single(shop.Door.Parcels);
        await window.LookAsync("stripe-home");
        await window.Link("Let the money arrive, or not").ClickAsync();
        await window.LookAsync("stripe-money");
        await window.Button("Money arrives").ClickAsync();
        await window.SeesAsync("The money is there");
        await window.LookAsync("stripe-money-there");
        await window.Page.GotoAsync(open.Url);
        await window.Button("Cancel and go back").ClickAsync();
        await window.Button("Expire now").First.ClickAsync();
        await window.Page.GotoAsync(expired.Url);
        await window.SeesAsync("This page has expired");
        await window.LookAsync("stripe-expired");
    }

    private static HttpClient Payer(StripeShop shop) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true })
        {
            BaseAddress = shop.Stripe.Address,
        };

    private static async Task<string?> ChooseAsync(HttpClient payer, string page, string choice)
    {
        using var form = new FormUrlEncodedContent([new("choice", choice)]);
        using var answer = await payer.PostAsync(new Uri(page, UriKind.Relative), form);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        return answer.Headers.Location?.OriginalString;
    }
}

using System.Net;
using HeroOnboarding.Simulators.Stripe;
using Stripe.Checkout;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>The real library talks to the simulator and understands it.</summary>
public sealed class StripeSimulatorApi
{
    [Fact]
    public async Task A_session_is_made_read_and_expired()
    {
        await using var shop = await StripeShop.OpenAsync();
        var made = await shop.OrderAsync("key-1");
        Assert.StartsWith("cs_test_", made.Id, StringComparison.Ordinal);
        Assert.Equal(
            ("open", "unpaid", "payment", 1000L, "usd"),
            (made.Status, made.PaymentStatus, made.Mode, made.AmountTotal!.Value, made.Currency)
        );
        Assert.Equal(
            ("ord_1", "ord_1", "asha@example.com"),
            (made.ClientReferenceId, made.Metadata["order_id"], made.CustomerDetails.Email)
        );
        Assert.Equal(new Uri(shop.Stripe.Address, "/pay/" + made.Id).AbsoluteUri, made.Url);
        Assert.Equal(made.Created.AddHours(24), made.ExpiresAt);
        Assert.False(made.Livemode);
        Assert.Null(made.PaymentIntentId);
        Assert.StartsWith("req_", made.StripeResponse.RequestId, StringComparison.Ordinal);

        var read = await shop.ReadAsync(made.Id);
        Assert.Equal(made.ToJson(), read.ToJson());
        Assert.Equal(
            "Crédit for Asha",
            (await shop.Client().V1.Checkout.Sessions.LineItems.ListAsync(made.Id)).Single().Description
        );

        var expired = await shop.Client().V1.Checkout.Sessions.ExpireAsync(made.Id);
        Assert.Equal(("expired", null), (expired.Status, expired.Url));
        var again = await Assert.ThrowsAsync<Stripe.StripeException>(() =>
            shop.Client().V1.Checkout.Sessions.ExpireAsync(made.Id)
        );
        Assert.Equal(HttpStatusCode.BadRequest, again.HttpStatusCode);
        Assert.Equal(StripeEvent.Expired, Assert.Single(shop.Stripe.Events).Type);
    }

    [Fact]
    public async Task What_the_shop_asked_is_remembered_with_key_form_and_version()
    {
        await using var shop = await StripeShop.OpenAsync();
        await shop.OrderAsync("key-1");
        var call = Assert.Single(shop.Stripe.Calls);
        Assert.Equal(
            ("POST", "/v1/checkout/sessions", "sk_test_shop", "key-1", 200, false),
            (call.Method, call.Path, call.ApiKey, call.IdempotencyKey, call.Status, call.Replayed)
        );
        Assert.Equal("2026-10-28.endive", call.Version);
        Assert.Equal("1000", call.Form["line_items[0][price_data][unit_amount]"]);
        Assert.Equal("https://shop.example/back?session={CHECKOUT_SESSION_ID}", call.Form["success_url"]);
        Assert.Equal("ord_1", call.Form["payment_intent_data[metadata][order_id]"]);
    }

    [Fact]
    public async Task A_payment_has_an_intent_with_its_own_metadata()
    {
        await using var shop = await StripeShop.OpenAsync();
        var id = (await shop.OrderAsync()).Id;
        shop.Stripe.PayLater(id);
        var session = await shop.Client()
            .V1.Checkout.Sessions.GetAsync(id, new SessionGetOptions { Expand = ["payment_intent", "line_items"] });
        Assert.Equal(("complete", "unpaid"), (session.Status, session.PaymentStatus));
        Assert.Equal(
            ("processing", "ord_1"),
            (session.PaymentIntent.Status, session.PaymentIntent.Metadata["order_id"])
        );
        Assert.Equal(1000, session.LineItems.Single().AmountTotal);
        shop.Stripe.MoneyArrives(id);
        var intent = await shop.Client().V1.PaymentIntents.GetAsync(session.PaymentIntentId);
        Assert.Equal(("succeeded", 1000), (intent.Status, intent.AmountReceived));
    }

    [Fact]
    public async Task The_list_is_newest_first_and_paged()
    {
        await using var shop = await StripeShop.OpenAsync();
        List<string> made = [];
        for (var i = 0; i < 5; i++)
            made.Insert(0, (await shop.OrderAsync()).Id);
        var page = await shop.Client().V1.Checkout.Sessions.ListAsync(new SessionListOptions { Limit = 2 });
        Assert.True(page.HasMore);
        Assert.Equal(made.Take(2), page.Select(s => s.Id));
        List<string> all = [];
        await foreach (
            var session in shop.Client().V1.Checkout.Sessions.ListAutoPagingAsync(new SessionListOptions { Limit = 2 })
        )
            all.Add(session.Id);
        Assert.Equal(made, all);
    }

    [Fact]
    public async Task The_key_decides_and_live_and_test_do_not_see_each_other()
    {
        await using var shop = await StripeShop.OpenAsync(new StripeOptions { ApiKey = "sk_live_right" });
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.RefusalAsync(key: "sk_test_wrong")).HttpStatusCode);
        Assert.True((await shop.OrderAsync(key: "sk_live_right")).Livemode);

        await using var open = await StripeShop.OpenAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await open.RefusalAsync(key: "pk_test_public")).HttpStatusCode);
        var live = await open.OrderAsync(key: "sk_live_shop");
        Assert.StartsWith("cs_live_", live.Id, StringComparison.Ordinal);
        var unseen = await Assert.ThrowsAsync<Stripe.StripeException>(() => open.ReadAsync(live.Id));
        Assert.Equal((HttpStatusCode.NotFound, "resource_missing"), (unseen.HttpStatusCode, unseen.StripeError.Code));
    }

    public static TheoryData<string, Action<SessionCreateOptions>> Mistakes =>
        new()
        {
            { "mode", o => o.Mode = null },
            { "mode", o => o.Mode = "subscription" },
            { "ui_mode", o => o.UiMode = "embedded_page" },
            { "line_items", o => o.LineItems = null },
            { "line_items[0][quantity]", o => o.LineItems[0].Quantity = null },
            { "line_items[0][price]", o => o.LineItems[0].Price = "price_1" },
            { "line_items[0][price_data][product_data][name]", o => o.LineItems[0].PriceData.ProductData = null },
            { "line_items[0][price_data][currency]", o => o.LineItems[0].PriceData.Currency = null },
            { "line_items[0][price_data][currency]", o => o.LineItems[0].PriceData.Currency = "USD" },
            { "line_items[0][price_data][unit_amount]", o => o.LineItems[0].PriceData.UnitAmount = null },
            { "line_items[0][price_data][unit_amount]", o => o.LineItems[0].PriceData.UnitAmount = 49 },
            { "line_items[0][price_data][unit_amount]", o => o.LineItems[0].PriceData.UnitAmount = 100_000_000 },
            { "line_items[0][price_data][unit_amount]", o => o.LineItems[0].PriceData.UnitAmount = -1000 },
            {
                "line_items[0][price_data][unit_amount_decimal]",
                o => o.LineItems[0].PriceData.UnitAmountDecimal = 0.5m
            },
            { "success_url", o => o.SuccessUrl = null },
            { "success_url", o => o.SuccessUrl = "/back" },
            { "cancel_url", o => o.CancelUrl = "javascript:alert(1)" },
            { "customer_email", o => o.CustomerEmail = "nobody" },
            { "client_reference_id", o => o.ClientReferenceId = new string('x', 201) },
            { "metadata[order_id]", o => o.Metadata["order_id"] = new string('x', 501) },
            { "expires_at", o => o.ExpiresAt = DateTime.UtcNow.AddMinutes(29) },
            { "expires_at", o => o.ExpiresAt = DateTime.UtcNow.AddMinutes(24 * 60 + 1) },
            { "colour", o => o.AddExtraParam("colour", "red") },
        };

    [Theory, MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_refused_by_the_name_of_its_parameter(
        string param,
        Action<SessionCreateOptions> mistake
    )
    {
        await using var shop = await StripeShop.OpenAsync();
        var refusal = await shop.RefusalAsync("key-1", StripeShop.Wish(change: mistake));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "invalid_request_error", param),
            (refusal.HttpStatusCode, refusal.StripeError.Type, refusal.StripeError.Param)
        );
        Assert.Empty(shop.Stripe.Sessions);
        // A refusal before the work is not stored: the key is still good.
        Assert.Equal("open", (await shop.OrderAsync("key-1")).Status);
    }

    [Theory]
    [InlineData(
        "/v1/checkout/sessions",
        "mode=payment&line_items[0][price_data][unit_amount]=12.5",
        "application/x-www-form-urlencoded",
        400,
        "\"parameter_invalid_integer\""
    )]
    [InlineData("/v1/checkout/sessions", "{}", "application/json", 400, "check that your POST content type")]
    [InlineData("/v1/customers", "name=asha", "application/x-www-form-urlencoded", 404, "Unrecognized request URL")]
    public async Task What_the_library_would_never_send_is_refused_as_well(
        string path,
        string body,
        string type,
        int status,
        string says
    )
    {
        await using var shop = await StripeShop.OpenAsync();
        using var client = new HttpClient
        {
            BaseAddress = shop.Stripe.Address,
            DefaultRequestHeaders = { Authorization = new("Bearer", "sk_test_shop") },
        };
        body = body.Replace(
            "mode=payment&",
            "mode=payment&line_items[0][price_data][product_data][name]=x&",
            StringComparison.Ordinal
        );
        using var content = new StringContent(body, System.Text.Encoding.UTF8, type);
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(says, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}

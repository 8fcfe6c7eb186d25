using System.Net;
using System.Text;
using HeroOnboarding.Simulators.Stripe;
using Microsoft.Extensions.Time.Testing;
using Stripe;
using Stripe.Checkout;

namespace HeroOnboarding.Tests.Simulators;

/// <summary>A shop that uses the real library against the simulator; both look at one clock.</summary>
public sealed class StripeShop : IAsyncDisposable
{
    public const string Secret = "whsec_test_secret";
    private readonly HttpClient network = new();
    private readonly HttpClient toShop;

    private StripeShop(FakeTimeProvider clock, StripeSimulator stripe)
    {
        (Clock, Stripe) = (clock, stripe);
        toShop = new HttpClient(Door);
        stripe.WebhookUrl = new Uri("https://shop.example/webhooks/stripe");
        stripe.PortalClient = toShop;
    }

    public FakeTimeProvider Clock { get; }
    public StripeSimulator Stripe { get; }
    public ShopDoor Door { get; } = new();

    public static async Task<StripeShop> OpenAsync(StripeOptions? options = null)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        return new StripeShop(
            clock,
            await StripeSimulator.StartAsync(
                (options ?? new StripeOptions()) with
                {
                    WebhookSecret = Secret,
                    Time = clock,
                }
            )
        );
    }

    public StripeClient Client(string key = "sk_test_shop", int retries = 0) =>
        new(
            new StripeClientOptions
            {
                ApiKey = key,
                ApiBase = Stripe.ApiBase,
                HttpClient = new SystemNetHttpClient(network, retries, appInfo: null, enableTelemetry: false),
            }
        );

    public Task<Session> OrderAsync(
        string? idempotencyKey = null,
        SessionCreateOptions? order = null,
        string key = "sk_test_shop",
        int retries = 0,
        CancellationToken stop = default
    ) =>
        Client(key, retries)
            .V1.Checkout.Sessions.CreateAsync(
                order ?? Wish(),
                new RequestOptions { IdempotencyKey = idempotencyKey },
                stop
            );

    public Task<Session> ReadAsync(string id) => Client().V1.Checkout.Sessions.GetAsync(id);

    public async Task<StripeException> RefusalAsync(
        string? idempotencyKey = null,
        SessionCreateOptions? order = null,
        string key = "sk_test_shop"
    ) => await Assert.ThrowsAsync<StripeException>(() => OrderAsync(idempotencyKey, order, key));

    /// <summary>The event as the real library reads it from a delivery, or its exception.</summary>
    public Event Understand(Parcel parcel, bool anyVersion = false) =>
        EventUtility.ConstructEvent(
            parcel.Body,
            parcel.Signature,
            Secret,
            300,
            Clock.GetUtcNow().ToUnixTimeSeconds(),
            throwOnApiVersionMismatch: !anyVersion
        );

    public static SessionCreateOptions Wish(long cents = 1000, Action<SessionCreateOptions>? change = null)
    {
        var order = new SessionCreateOptions
        {
            Mode = "payment",
            ClientReferenceId = "ord_1",
            CustomerEmail = "asha@example.com",
            SuccessUrl = "https://shop.example/back?session={CHECKOUT_SESSION_ID}",
            CancelUrl = "https://shop.example/cart",
            LineItems =
            [
                new SessionLineItemOptions
                {
                    Quantity = 1,
                    PriceData = new()
                    {
                        Currency = "usd",
                        UnitAmount = cents,
                        ProductData = new() { Name = "Crédit for Asha" },
                    },
                },
            ],
            Metadata = new() { ["order_id"] = "ord_1" },
            PaymentIntentData = new() { Metadata = new() { ["order_id"] = "ord_1" } },
        };
        change?.Invoke(order);
        return order;
    }

    public async ValueTask DisposeAsync()
    {
        await Stripe.DisposeAsync();
        network.Dispose();
        toShop.Dispose();
    }
}

/// <summary>What arrived at the shop.</summary>
public sealed record Parcel(string Body, string? Signature);

/// <summary>Where webhooks arrive; answers as told, else 200.</summary>
public sealed class ShopDoor : HttpMessageHandler
{
    private readonly Queue<HttpStatusCode> answers = new();

    public List<Parcel> Parcels { get; } = [];

    public void Answer(params HttpStatusCode[] next) => Array.ForEach(next, answers.Enqueue);

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var body = Encoding.UTF8.GetString(await request.Content!.ReadAsByteArrayAsync(cancellationToken));
        Parcels.Add(
            new Parcel(body, request.Headers.TryGetValues("Stripe-Signature", out var values) ? values.Single() : null)
        );
        return new HttpResponseMessage(answers.TryDequeue(out var answer) ? answer : HttpStatusCode.OK);
    }
}

using System.Net;
using System.Net.Mail;
using global::Stripe;
using global::Stripe.Checkout;
using HeroOnboarding.Web;

namespace HeroOnboarding.Credit.Stripe;

/// <summary>
/// Stripe Checkout, hosted page, payment mode, with Stripe's own library (Stripe API reference, Checkout Sessions;
/// version 2026-10-28.endive). A failed call is not retried here. The customer's next request calls Stripe again, and
/// the intent's sid as idempotency key returns the same checkout.
/// </summary>
public sealed class StripePayments : IPayments
{
    public const string ProviderName = "stripe";

    /// <summary>The time-out of one action, for all its calls together.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Counted from the creation of the intent, so that every retry sends the same parameters. Stripe allows at most 24
    /// hours from its own time of the call. One hour less allows for a portal clock that is ahead, and still lets
    /// customers pay on the next day.
    /// </summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(23);

    /// <summary>Idempotency keys per intent: its sid, then sid-2, sid-3 …</summary>
    private const int MostKeys = 5;

    private readonly StripeOptions stripe;
    private readonly PortalOptions portal;
    private readonly TimeProvider clock;
    private readonly SessionService sessions;

    public StripePayments(Outgoing outgoing, PortalOptions portal, StripeOptions stripe, TimeProvider clock)
    {
        if (!stripe.IsOn)
            throw new InvalidOperationException("STRIPE_SECRET_KEY is not set.");
        (this.portal, this.stripe, this.clock) = (portal, stripe, clock);
        var http = new HttpClient(new Plain(outgoing.Handler), disposeHandler: false)
        {
            Timeout = TimeSpan.FromSeconds(60),
            MaxResponseContentBufferSize = 1024 * 1024,
        };
        sessions = new SessionService(
            new StripeClient(
                new StripeClientOptions
                {
                    ApiKey = stripe.SecretKey.Reveal(),
                    ApiBase = stripe.ApiUrl.AbsoluteUri.TrimEnd('/'),
                    HttpClient = new SystemNetHttpClient(
                        http,
                        maxNetworkRetries: 0,
                        appInfo: null,
                        enableTelemetry: false
                    ),
                }
            )
        );
    }

    public string Name => ProviderName;

    public string DisplayName => "Card (Stripe)";

    public PaymentWords Words { get; } = new("Pay by card", "You pay on the page of Stripe; we never see your card.");

    public bool IsLive => stripe.IsLive;

    public async Task<CheckoutStart> StartAsync(PaymentIntent intent, string? email, CancellationToken cancel)
    {
        var to = MailAddress.TryCreate(email, out _) ? email : null;
        var tried = 1;
        var answer = await AskAsync<CheckoutStart>(
            async limit =>
            {
                while (true)
                    try
                    {
                        return Read(
                            await sessions.CreateAsync(
                                Wanted(intent, to),
                                new RequestOptions { IdempotencyKey = KeyOf(intent, tried) },
                                limit
                            )
                        );
                    }
                    catch (StripeException e) when (IsSpent(e) && tried < MostKeys)
                    {
                        tried++;
                    }
                    catch (StripeException e) when (to is not null && e.StripeError?.Param == "customer_email")
                    {
                        to = null;
                    }
            },
            (reason, after) => new CheckoutStart.TryLater(reason, after),
            reason => new CheckoutStart.Refused(reason),
            cancel
        );
        return answer;
    }

    public Task<CheckoutAnswer> ReadAsync(PaymentIntent intent, CancellationToken cancel) =>
        KnowAsync(async limit => await GetAsync(intent, limit), cancel);

    public Task<CheckoutAnswer> CloseAsync(PaymentIntent intent, CancellationToken cancel) =>
        KnowAsync(
            async limit =>
            {
                try
                {
                    return new CheckoutAnswer.Known(
                        FactOf(await sessions.ExpireAsync(intent.CheckoutId, null, null, limit))
                    );
                }
                catch (StripeException e) when (e.HttpStatusCode == HttpStatusCode.BadRequest)
                {
                    // Stripe closes only open checkouts; the caller needs the actual state of this one.
                    return await GetAsync(intent, limit);
                }
            },
            cancel
        );

    private async Task<CheckoutAnswer> GetAsync(PaymentIntent intent, CancellationToken limit) =>
        new CheckoutAnswer.Known(FactOf(await sessions.GetAsync(intent.CheckoutId, null, null, limit)));

    private Task<CheckoutAnswer> KnowAsync(
        Func<CancellationToken, Task<CheckoutAnswer>> ask,
        CancellationToken cancel
    ) =>
        AskAsync(
            ask,
            (reason, after) => new CheckoutAnswer.TryLater(reason, after),
            reason => new CheckoutAnswer.Refused(reason),
            cancel
        );

    /// <summary>
    /// Calls Stripe within <see cref="Patience"/>, and distinguishes temporary failures from refusals. Reasons contain
    /// no text that Stripe echoes, because it may contain parts of the key.
    /// </summary>
    private async Task<T> AskAsync<T>(
        Func<CancellationToken, Task<T>> ask,
        Func<string, TimeSpan?, T> later,
        Func<string, T> refused,
        CancellationToken cancel
    )
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        try
        {
            return await ask(limit.Token);
        }
        catch (StripeException e) when ((int)e.HttpStatusCode is >= 400 and < 500 and not (408 or 409 or 429))
        {
            return refused(Describe(e));
        }
        catch (StripeException e)
        {
            return later(Describe(e), e.StripeResponse?.Headers?.RetryAfter?.Delta);
        }
        catch (Exception e)
            when (e is HttpRequestException or IOException
                || (e is OperationCanceledException && !cancel.IsCancellationRequested)
            )
        {
            return later(
                e is OperationCanceledException
                    ? $"No answer within {Patience.TotalSeconds:0} s."
                    : "The connection failed.",
                null
            );
        }
    }

    /// <summary>
    /// This key can no longer create a checkout: Stripe repeats a stored 500 for 24 hours, or the key was used with
    /// other parameters (such as a changed e-mail address). The next key may create a second checkout. The address of
    /// the first was never shown, the intent stores only one checkout, and a payment at the other is put into suspense.
    /// </summary>
    private static bool IsSpent(StripeException e) =>
        (
            (int)e.HttpStatusCode >= 500
            && e.StripeResponse?.Headers is { } headers
            && headers.TryGetValues("Idempotent-Replayed", out var replayed)
            && replayed.Contains("true")
        ) || (e.HttpStatusCode == HttpStatusCode.BadRequest && e.StripeError?.Type == "idempotency_error");

    private static string KeyOf(PaymentIntent intent, int attempt) =>
        attempt == 1 ? intent.Sid : $"{intent.Sid}-{attempt}";

    private static string Describe(StripeException e) =>
        (
            $"Answered {(int)e.HttpStatusCode} {e.StripeError?.Type} {e.StripeError?.Code} "
            + $"{e.StripeError?.Param} ({e.StripeResponse?.RequestId})."
        ).Replace("  ", " ", StringComparison.Ordinal);

    private SessionCreateOptions Wanted(PaymentIntent intent, string? email)
    {
        var ours = new Dictionary<string, string> { ["intent_sid"] = intent.Sid, ["account_sid"] = intent.AccountSid };
        return new SessionCreateOptions
        {
            Mode = "payment",
            ClientReferenceId = intent.Sid,
            CustomerEmail = email,
            ExpiresAt = (intent.CreatedAt + Lifetime).UtcDateTime,
            SuccessUrl = portal.Link("/payment/return") + "?session_id={CHECKOUT_SESSION_ID}",
            CancelUrl = portal.Link("/payment/return?cancelled=" + intent.Sid),
            LineItems =
            [
                new()
                {
                    Quantity = 1,
                    PriceData = new()
                    {
                        Currency = intent.Currency,
                        UnitAmount = Money.Cents(intent.Amount),
                        ProductData = new() { Name = "Prepaid credit" },
                    },
                },
            ],
            Metadata = ours,
            PaymentIntentData = new() { Metadata = ours },
        };
    }

    private CheckoutStart Read(Session session)
    {
        if (!Uri.TryCreate(session.Url, UriKind.Absolute, out var url))
            return new CheckoutStart.TryLater("The checkout has no address.", null);
        return stripe.FormTargets.Contains(url.GetLeftPart(UriPartial.Authority)) && ProviderId.IsWellFormed(session.Id)
            ? new CheckoutStart.Started(
                session.Id,
                url,
                new DateTimeOffset(DateTime.SpecifyKind(session.ExpiresAt, DateTimeKind.Utc))
            )
            : new CheckoutStart.Refused("The checkout's page is at an origin that is not Stripe's.");
    }

    /// <summary>
    /// A payment that failed after the checkout looks like a pending one here; only the event distinguishes them.
    /// </summary>
    private static CheckoutReport FactOf(Session session) =>
        new(
            ProviderName,
            session.Id,
            StripeEventReader.Reference(session.ClientReferenceId ?? session.Metadata?.GetValueOrDefault("intent_sid")),
            ProviderId.IsWellFormed(session.PaymentIntentId) ? session.PaymentIntentId : null,
            StripeEventReader.StateOf(session.Status, session.PaymentStatus),
            session.AmountTotal ?? 0,
            StripeEventReader.Currency(session.Currency),
            session.Livemode
        );

    /// <summary>
    /// Removes the library's headers about this computer, its operating system and its environment variables.
    /// </summary>
    private sealed class Plain(HttpMessageHandler wire) : DelegatingHandler(wire)
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            request.Headers.Remove("X-Stripe-Client-User-Agent");
            request.Headers.Remove("X-Stripe-Client-Telemetry");
            request.Headers.Remove("User-Agent");
            request.Headers.TryAddWithoutValidation("User-Agent", "HeroOnboarding/" + Health.Version);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

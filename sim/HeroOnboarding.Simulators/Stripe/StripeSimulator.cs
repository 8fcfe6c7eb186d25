using System.Text.Json.Nodes;
using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>
/// Simulates Stripe: the API for Checkout Sessions in payment mode, the hosted page for payers, and signed webhooks,
/// including faults (Stripe API reference and documentation). No money moves.
/// </summary>
public sealed class StripeSimulator : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly StripeBook book;
    private readonly StripeApi api;
    private readonly StripeWebhooks webhooks;
    private readonly WebApplication app;
    private int disposed;

    private StripeSimulator(StripeOptions options)
    {
        WebhookSecret = options.WebhookSecret;
        webhooks = new StripeWebhooks(options, stopping.Token);
        book = new StripeBook(Twists, options.Time, () => Address, webhooks.Happened);
        api = new StripeApi(book, options, stopping.Token);
        app = LoopbackHost.Builder(options.Port).Build();
        api.Map(app);
        StripeCheckout.Map(app, book, webhooks);
    }

    /// <summary>The address on which it listens, for example <c>http://127.0.0.1:9933/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The address for the <c>ApiBase</c> of Stripe's libraries: without the trailing slash.</summary>
    public string ApiBase => Address.AbsoluteUri.TrimEnd('/');

    /// <summary>Secret of the webhook endpoint.</summary>
    public string WebhookSecret { get; }

    /// <summary>
    /// When set, deliveries are also signed with this one, as while the endpoint's secret is being rotated.
    /// </summary>
    public string? OldWebhookSecret
    {
        get => webhooks.OldSecret;
        set => webhooks.OldSecret = value;
    }

    /// <summary>The target of events; null: they wait.</summary>
    public Uri? WebhookUrl
    {
        get => webhooks.Url;
        set => webhooks.Url = value;
    }

    /// <summary>Client for deliveries when the portal runs on a test server; null uses the network.</summary>
    public HttpClient? PortalClient
    {
        get => webhooks.PortalClient;
        set => webhooks.PortalClient = value;
    }

    /// <summary>True delivers new events automatically; the default is in the options.</summary>
    public bool AutoDeliver
    {
        get => webhooks.ByItself;
        set => webhooks.ByItself = value;
    }

    /// <summary>Answers to calls that create a session.</summary>
    public StripeAnswers Create => api.Creating;

    /// <summary>Answers to calls that read: a session, the list, line items, a payment intent.</summary>
    public StripeAnswers Read => api.Reading;

    /// <summary>Answers to calls that expire a session.</summary>
    public StripeAnswers Expiry => api.Expiring;

    /// <summary>Alterations of the next sessions and events.</summary>
    public StripeTwists Twists { get; } = new();

    /// <summary>Every API call so far, in order of arrival.</summary>
    public IReadOnlyList<StripeCall> Calls => api.Calls;

    /// <summary>All sessions, oldest first.</summary>
    public IReadOnlyList<StripeSession> Sessions => book.Sessions;

    /// <summary>All events so far, oldest first, delivered or not.</summary>
    public IReadOnlyList<StripeEvent> Events => book.Events;

    /// <summary>Every delivery so far, in order of its end.</summary>
    public IReadOnlyList<StripeDelivery> Deliveries => webhooks.Deliveries;

    /// <summary>Starts on 127.0.0.1.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<StripeSimulator> StartAsync(StripeOptions? options = null)
    {
        var stripe = new StripeSimulator(options ?? new StripeOptions());
        await stripe.app.StartAsync();
        stripe.Address = LoopbackHost.AddressOf(stripe.app);
        return stripe;
    }

    /// <summary>The payer pays by card.</summary>
    /// <returns>The event that reports it (the last one of two, with
    /// <see cref="StripeTwists.EveryFactTwice"/>).</returns>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    public StripeEvent Pay(string sessionId) => Change(sessionId, StripeEvent.Completed, session => session.Paid());

    /// <summary>The payer chooses a method with a pending payment: complete, but unpaid.</summary>
    /// <returns>The event that reports it.</returns>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    public StripeEvent PayLater(string sessionId) =>
        Change(sessionId, StripeEvent.Completed, session => session.PaidLater());

    /// <summary>The pending payment of <see cref="PayLater"/> succeeds.</summary>
    /// <returns>The event that reports it.</returns>
    /// <exception cref="InvalidOperationException">The session has no pending payment.</exception>
    public StripeEvent MoneyArrives(string sessionId) =>
        Change(sessionId, StripeEvent.AsyncPaymentSucceeded, session => session.MoneyArrived());

    /// <summary>The pending payment of <see cref="PayLater"/> fails.</summary>
    /// <returns>The event that reports it.</returns>
    /// <exception cref="InvalidOperationException">The session has no pending payment.</exception>
    public StripeEvent MoneyDoesNotArrive(string sessionId) =>
        Change(sessionId, StripeEvent.AsyncPaymentFailed, session => session.MoneyFailed());

    /// <summary>The session expires early; at its time it expires automatically.</summary>
    /// <returns>The event that reports it.</returns>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    public StripeEvent Expire(string sessionId) => Change(sessionId, StripeEvent.Expired, session => session.Expired());

    /// <summary>Alters a session permanently: in every later answer and event.</summary>
    public void Twist(string sessionId, params ReadOnlySpan<StripeTwist> twists) =>
        book.Twist(sessionId, twists.ToArray());

    /// <summary>Makes an event about the current state of a session, although nothing changed.</summary>
    /// <param name="type">Any type, known or not.</param>
    /// <param name="sessionId">The session.</param>
    public StripeEvent ExtraEvent(string type, string sessionId)
    {
        var session = Known(sessionId);
        return book.Tell(type, session, book.Json(session));
    }

    /// <summary>Makes an event about any object, for example <c>charge.refunded</c>.</summary>
    /// <param name="type">Any type, known or not.</param>
    /// <param name="about">Becomes <c>data.object</c>.</param>
    public StripeEvent ExtraEvent(string type, JsonObject about) =>
        book.Tell(type, session: null, about.DeepClone().AsObject());

    /// <summary>
    /// Delivers an event once, with a new signature; also one that was delivered before (a duplicate).
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="WebhookUrl"/> is not set.</exception>
    public Task<StripeDelivery> DeliverAsync(StripeEvent told) => webhooks.DeliverAsync(told);

    /// <summary>
    /// Delivers, once each and oldest first, all events that the portal has not accepted and that are not lost.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="WebhookUrl"/> is not set.</exception>
    public async Task<IReadOnlyList<StripeDelivery>> DeliverAllAsync()
    {
        List<StripeDelivery> deliveries = [];
        foreach (var told in Events.Where(told => !webhooks.IsTaken(told.Id) && !webhooks.IsLost(told.Id)))
            deliveries.Add(await DeliverAsync(told));
        return deliveries;
    }

    /// <summary>Excludes the event from <see cref="DeliverAllAsync"/> and from automatic deliveries.</summary>
    public void Lose(StripeEvent told) => webhooks.Lose(told.Id);

    /// <summary>
    /// Completes when every automatically delivered event was accepted or, after the last retry, given up.
    /// </summary>
    public Task DeliveredAsync() => webhooks.DeliveredAsync();

    /// <summary>Sends any body with any signature, for tampered, stale and malformed deliveries.</summary>
    /// <param name="payload">The body.</param>
    /// <param name="signature">The header <c>Stripe-Signature</c>, see <see cref="StripeSignature.Header"/>;
    /// null omits it.</param>
    /// <exception cref="InvalidOperationException"><see cref="WebhookUrl"/> is not set.</exception>
    public Task<StripeDelivery> SendAsync(string payload, string? signature) =>
        webhooks.SendAsync(payload, signature, eventId: null);

    /// <summary>The header <c>Stripe-Signature</c> for a body that is sent now.</summary>
    public string Sign(string payload) => webhooks.Sign(payload, livemode: false);

    /// <summary>Stops listening, ends calls without an answer and drops undelivered events.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
            return;
        await stopping.CancelAsync();
        book.Dispose();
        await app.DisposeAsync();
        await webhooks.DeliveredAsync();
        webhooks.Dispose();
        stopping.Dispose();
    }

    private StripeSession Known(string sessionId) =>
        book.Find(sessionId) ?? throw new InvalidOperationException($"There is no session {sessionId}.");

    private StripeEvent Change(string sessionId, string type, Func<StripeSession, StripeSession?> change)
    {
        var session = Known(sessionId);
        if (!book.Change(sessionId, type, change))
            throw new InvalidOperationException($"The session is {session.Status} and {session.PaymentStatus}.");
        return Events.Last(told => told.SessionId == sessionId);
    }
}

using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>
/// Delivers events to the portal, one at a time on request or automatically, and records every attempt.
/// </summary>
internal sealed class StripeWebhooks(StripeOptions options, CancellationToken stopping) : IDisposable
{
    // A redirect counts as an answer that is not a success.
    private readonly HttpClient ownClient = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };
    private readonly ConcurrentQueue<StripeDelivery> deliveries = new();
    private readonly ConcurrentDictionary<string, bool> lost = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> underWay = new();

    public Uri? Url { get; set; }

    public HttpClient? PortalClient { get; set; }

    public string? OldSecret { get; set; }

    public bool ByItself { get; set; } = options.AutoDeliver;

    public IReadOnlyList<StripeDelivery> Deliveries => [.. deliveries];

    public IReadOnlyList<StripeDelivery> Tries(string eventId) =>
        [.. deliveries.Where(delivery => delivery.EventId == eventId)];

    public bool IsTaken(string eventId) => deliveries.Any(delivery => delivery.EventId == eventId && delivery.Taken);

    public bool IsLost(string eventId) => lost.ContainsKey(eventId);

    public void Lose(string eventId) => lost[eventId] = true;

    public string Sign(string payload, bool livemode) =>
        StripeSignature.Header(
            payload,
            options.Time.GetUtcNow(),
            decoy: !livemode,
            OldSecret is { } old ? [options.WebhookSecret, old] : [options.WebhookSecret]
        );

    public Task<StripeDelivery> DeliverAsync(StripeEvent told) =>
        SendAsync(told.Payload, Sign(told.Payload, told.Livemode), told.Id);

    public async Task<StripeDelivery> SendAsync(string payload, string? signature, string? eventId)
    {
        if (Url is null)
            throw new InvalidOperationException("Set WebhookUrl first.");
        using var request = new HttpRequestMessage(HttpMethod.Post, Url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json", "utf-8") },
            },
        };
        request.Headers.Add("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)");
        request.Headers.Add("Accept", "*/*; q=0.5, application/xml");
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        var at = options.Time.GetUtcNow();
        var (status, answer) = await AnswerAsync(request);
        var delivery = new StripeDelivery(eventId, at, status, answer);
        deliveries.Enqueue(delivery);
        return delivery;
    }

    /// <summary>Starts the automatic delivery of a new event.</summary>
    public void Happened(StripeEvent told)
    {
        if (!ByItself || Url is null || stopping.IsCancellationRequested)
            return;
        var carrying = Task.Run(() => CarryAsync(told), CancellationToken.None);
        underWay[carrying] = true;
        _ = carrying.ContinueWith(ended => underWay.TryRemove(ended, out _), TaskScheduler.Default);
    }

    /// <summary>Completes when every automatically delivered event was accepted or given up.</summary>
    public async Task DeliveredAsync()
    {
        while (underWay.Keys.ToArray() is { Length: > 0 } some)
            await Task.WhenAll(some);
    }

    public void Dispose() => ownClient.Dispose();

    private async Task CarryAsync(StripeEvent told)
    {
        try
        {
            for (var retry = 0; !IsLost(told.Id); retry++)
            {
                if ((await DeliverAsync(told)).Taken || retry >= options.Retries.Count)
                    return;
                await Task.Delay(options.Retries[retry], options.Time, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The simulator stops; the event is dropped.
        }
    }

    private async Task<(int? Status, string Answer)> AnswerAsync(HttpRequestMessage request)
    {
        using var patience = new CancellationTokenSource(options.Patience, options.Time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            using var response = await (PortalClient ?? ownClient).SendAsync(request, ended.Token);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(ended.Token));
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (null, "no answer in time");
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            return (null, e.Message);
        }
    }
}

using System.Net.Http.Headers;
using System.Text;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>Stores the callbacks and sends them: immediately with retries, or only on request.</summary>
internal sealed class IdenfyOutbox(IdenfyOptions options, ILogger logger, CancellationToken stopping) : IDisposable
{
    private readonly HttpClient ownClient = new();
    private readonly Lock gate = new();
    private readonly List<IdenfyCallback> callbacks = [];
    private readonly List<IdenfyDelivery> deliveries = [];

    public Uri? CallbackUrl { get; set; }

    public HttpClient? PortalClient { get; set; }

    public bool WithoutFinal { get; set; }

    public IReadOnlyList<IdenfyCallback> Callbacks
    {
        get
        {
            lock (gate)
                return [.. callbacks];
        }
    }

    public IReadOnlyList<IdenfyDelivery> Deliveries
    {
        get
        {
            lock (gate)
                return [.. deliveries];
        }
    }

    public IdenfyCallback Queue(IdenfyScan scan)
    {
        var verdict = scan.Verdict!;
        var body = IdenfyCallbackBody.Of(scan, verdict, WithoutFinal);
        var signature = options.SigningKey is { } key ? IdenfySignature.Sign(body, key) : null;
        lock (gate)
        {
            var callback = new IdenfyCallback(
                callbacks.Count + 1,
                scan.ScanRef,
                verdict.Overall,
                verdict.Final,
                scan.CallbackUrl,
                body,
                signature,
                options.Time.GetUtcNow()
            );
            callbacks.Add(callback);
            return callback;
        }
    }

    public bool HasArrived(IdenfyCallback callback) =>
        Deliveries.Any(delivery => delivery.Callback == callback.Number && delivery.Arrived);

    /// <summary>One attempt, recorded with its result.</summary>
    public async Task<int> SendAsync(IdenfyCallback callback)
    {
        var target = callback.Url is { } own
            ? new Uri(own)
            : CallbackUrl ?? throw new InvalidOperationException("Set CallbackUrl first.");
        using var request = new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(callback.Body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (callback.Signature is { } signature)
            request.Headers.TryAddWithoutValidation(IdenfySignature.Header, signature);
        using var patience = new CancellationTokenSource(options.Patience, options.Time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            using var response = await (PortalClient ?? ownClient).SendAsync(request, ended.Token);
            Remember(callback, (int)response.StatusCode, problem: null);
            return (int)response.StatusCode;
        }
        catch (Exception e)
        {
            Remember(callback, status: 0, patience.IsCancellationRequested ? "no answer in time" : e.Message);
            throw;
        }
    }

    /// <summary>
    /// The first attempt; after a failure the next ones follow in the background. True when the first was
    /// answered with 2xx.
    /// </summary>
    public async Task<bool> SendUntilItArrivesAsync(IdenfyCallback callback)
    {
        if (await TrySendAsync(callback))
            return true;
        _ = SendAgainAsync(callback);
        return false;
    }

    public void Dispose() => ownClient.Dispose();

    private async Task SendAgainAsync(IdenfyCallback callback)
    {
        var wait = options.RetryAfter;
        for (var tries = 1; tries < options.DeliveryTries; tries++)
        {
            try
            {
                await Task.Delay(wait, options.Time, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            // The callback may have been sent from the page in the meantime.
            if (HasArrived(callback) || await TrySendAsync(callback))
                return;
            wait *= 2;
        }
        logger.LogWarning("Callback {Number} was given up after {Tries} tries", callback.Number, options.DeliveryTries);
    }

    private async Task<bool> TrySendAsync(IdenfyCallback callback)
    {
        try
        {
            return await SendAsync(callback) is >= 200 and < 300;
        }
        catch (Exception e)
        {
            if (!stopping.IsCancellationRequested)
                logger.LogWarning("Callback {Number} was not taken: {Problem}", callback.Number, e.Message);
            return false;
        }
    }

    private void Remember(IdenfyCallback callback, int status, string? problem)
    {
        var delivery = new IdenfyDelivery(
            callback.Number,
            callback.ScanRef,
            callback.Overall,
            callback.Final,
            options.Time.GetUtcNow(),
            status,
            problem
        );
        lock (gate)
            deliveries.Add(delivery);
    }
}

namespace HeroOnboarding.Simulators.Stripe;

/// <summary>The steps of every call: key, idempotency, fault, work, answer.</summary>
internal sealed class StripeApi(StripeBook book, StripeOptions options, CancellationToken stopping)
{
    private readonly Lock gate = new();
    private readonly List<StripeCall> calls = [];
    private readonly IdempotencyKeys keys = new(options.Time);

    public StripeAnswers Creating { get; } = new();

    public StripeAnswers Reading { get; } = new();

    public StripeAnswers Expiring { get; } = new();

    public IReadOnlyList<StripeCall> Calls
    {
        get
        {
            lock (gate)
                return [.. calls];
        }
    }

    public void Map(WebApplication app)
    {
        app.MapPost("/v1/checkout/sessions", (HttpContext http) => ReceiveAsync(http, Creating, book.Create));
        app.MapGet("/v1/checkout/sessions", (HttpContext http) => ReceiveAsync(http, Reading, List));
        app.MapGet(
            "/v1/checkout/sessions/{id}",
            (HttpContext http) =>
                ReceiveAsync(
                    http,
                    Reading,
                    request => Of(request, session => StripeReply.Ok(book.Json(session, request.Expand)))
                )
        );
        app.MapGet(
            "/v1/checkout/sessions/{id}/line_items",
            (HttpContext http) =>
                ReceiveAsync(
                    http,
                    Reading,
                    request => Of(request, session => StripeReply.Ok(StripeJson.LineItems(session)))
                )
        );
        app.MapPost(
            "/v1/checkout/sessions/{id}/expire",
            (HttpContext http) => ReceiveAsync(http, Expiring, request => Of(request, _ => Expire(request)))
        );
        app.MapGet("/v1/payment_intents/{id}", (HttpContext http) => ReceiveAsync(http, Reading, PaymentIntent));
        app.Map(
            "/v1/{**other}",
            (HttpContext http) =>
                ReceiveAsync(
                    http,
                    Reading,
                    request =>
                        StripeReply.Error(
                            $"Unrecognized request URL ({request.Method}: {request.Path}).",
                            status: StatusCodes.Status404NotFound
                        )
                )
        );
    }

    private StripeReply Of(StripeRequest request, Func<StripeSession, StripeReply> answer) =>
        book.Find(request.Id) is { } session && session.Livemode == request.Livemode
            ? answer(session)
            : StripeReply.Missing("checkout.session", request.Id, "session");

    private StripeReply Expire(StripeRequest request) =>
        book.Change(request.Id, StripeEvent.Expired, session => session.Expired(), request)
            ? StripeReply.Ok(book.Json(book.Find(request.Id)!))
            : StripeReply.Error(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a "
                    + $"status of {book.Find(request.Id)!.Status}."
            );

    private StripeReply PaymentIntent(StripeRequest request) =>
        book.Sessions.FirstOrDefault(session =>
            session.PaymentIntent == request.Id && session.Livemode == request.Livemode
        )
            is { } session
            ? StripeReply.Ok(StripeJson.PaymentIntent(session))
            : StripeReply.Missing("payment_intent", request.Id, "intent");

    private StripeReply List(StripeRequest request)
    {
        var limit = 10;
        if (request["limit"] is { } wanted && (!int.TryParse(wanted, out limit) || limit is < 1 or > 100))
            return StripeReply.Error("This value must be between 1 and 100.", "limit", "parameter_invalid_integer");
        var newestFirst = book.Sessions.Reverse().Where(session => session.Livemode == request.Livemode).ToList();
        if (request["starting_after"] is { } last)
        {
            var at = newestFirst.FindIndex(session => session.Id == last);
            if (at < 0)
                return StripeReply.Missing("checkout.session", last, "starting_after");
            newestFirst.RemoveRange(0, at + 1);
        }
        if (request["status"] is { } status)
            newestFirst.RemoveAll(session => session.Status != status);
        if (request["payment_intent"] is { } intent)
            newestFirst.RemoveAll(session => session.PaymentIntent != intent);
        if (long.TryParse(request["created[gte]"], out var from))
            newestFirst.RemoveAll(session => session.Created.ToUnixTimeSeconds() < from);
        return StripeReply.Ok(
            StripeJson.List(
                "/v1/checkout/sessions",
                newestFirst.Take(limit).Select(session => book.Json(session)),
                newestFirst.Count > limit
            )
        );
    }

    private async Task ReceiveAsync(HttpContext http, StripeAnswers answers, Func<StripeRequest, StripeReply> work)
    {
        var request = await StripeRequest.ReadAsync(http);
        if ((Forbidden(request) ?? Unreadable(http) ?? keys.Begin(request)) is { } known)
        {
            Remember(request, known);
            await WriteAsync(http, request, known, StripeAnswer.AsUsual);
            return;
        }
        var answer = answers.Take();
        if (answer.Ending == StripeEnding.Silent)
        {
            // As if the call had never arrived: the key is released.
            keys.End(request, null);
            Remember(request, null);
            await WaitAsync(Timeout.InfiniteTimeSpan, http.RequestAborted);
            http.Abort();
            return;
        }
        StripeReply? reply = null;
        try
        {
            reply = Do(request, answer, work);
            // The work continues after the caller gave up, and the key stays in use. The wait starts before the call is
            // visible: a test that sees the call may move the clock.
            var slow =
                answer.Delay > TimeSpan.Zero ? WaitAsync(answer.Delay, CancellationToken.None) : Task.CompletedTask;
            Remember(request, reply);
            await slow;
        }
        finally
        {
            // Before the answer is sent: a caller who gets it may repeat the call immediately.
            keys.End(request, reply);
        }
        if (answer.Ending == StripeEnding.Lost)
            http.Abort();
        else
            await WriteAsync(http, request, reply, answer);
    }

    private static StripeReply Do(StripeRequest request, StripeAnswer answer, Func<StripeRequest, StripeReply> work)
    {
        if (answer.Status == 0)
            return work(request);
        if (answer.Works && work(request) is { Message: not null } refusal)
            return refusal;
        return StripeReply.Trouble(answer.Status) with { Stored = answer.Stored };
    }

    private StripeReply? Forbidden(StripeRequest request)
    {
        if (request.ApiKey.Length == 0)
            return StripeReply.Error("You did not provide an API key.", status: StatusCodes.Status401Unauthorized);
        var right = options.ApiKey is { } only
            ? request.ApiKey == only
            : request.ApiKey.StartsWith("sk_test_", StringComparison.Ordinal)
                || request.ApiKey.StartsWith("sk_live_", StringComparison.Ordinal);
        return right ? null : StripeReply.Error("Invalid API Key provided.", status: StatusCodes.Status401Unauthorized);
    }

    private static StripeReply? Unreadable(HttpContext http) =>
        HttpMethods.IsPost(http.Request.Method)
        && http.Request.ContentType is not null
        && !http.Request.HasFormContentType
            ? StripeReply.Error(
                "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
            )
            : null;

    private void Remember(StripeRequest request, StripeReply? reply)
    {
        lock (gate)
        {
            calls.Add(
                new StripeCall(
                    request.Method,
                    request.Path,
                    request.Form,
                    request.ApiKey,
                    request.IdempotencyKey,
                    request.Version,
                    request.RequestId,
                    options.Time.GetUtcNow(),
                    reply?.Status ?? 0,
                    reply?.Replayed ?? false,
                    reply?.Message
                )
            );
        }
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken aborted)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
        await Task.Delay(wait, options.Time, ended.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static async Task WriteAsync(
        HttpContext http,
        StripeRequest request,
        StripeReply reply,
        StripeAnswer answer
    )
    {
        var headers = http.Response.Headers;
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = "application/json";
        headers["Request-Id"] = request.RequestId;
        headers["Stripe-Version"] = request.Version ?? StripeJson.ApiVersion;
        if (request.IdempotencyKey is { } key)
            headers["Idempotency-Key"] = key;
        if (reply.Replayed)
            headers["Idempotent-Replayed"] = "true";
        if (answer.RetryAfter is { } wait)
            headers.RetryAfter = ((long)wait.TotalSeconds).ToString();
        if (answer.ShouldRetry is { } should)
            headers["Stripe-Should-Retry"] = should ? "true" : "false";
        await http.Response.WriteAsync(reply.Body, http.RequestAborted);
    }
}

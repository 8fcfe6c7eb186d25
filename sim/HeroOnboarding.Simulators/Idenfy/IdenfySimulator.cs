using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// Simulates iDenfy: makes tokens, shows a page on which a user chooses the result of the check, and sends signed
/// callbacks to the portal. Without <see cref="IdenfyOptions.AutoDeliver"/> the callbacks wait until
/// <see cref="DeliverAsync"/> sends them: in any order, twice, tampered, or never.
/// </summary>
public sealed class IdenfySimulator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, ITimer> _timers = new(StringComparer.Ordinal);
    private readonly IdenfyOptions _options;
    private readonly IdenfyScans _scans;
    private readonly IdenfyApi _api;
    private readonly IdenfyOutbox _outbox;
    private readonly WebApplication _app;
    private int _wasted;
    private int _disposed;

    private IdenfySimulator(IdenfyOptions options)
    {
        _options = options;
        _app = LoopbackHost.Builder(options.Port).Build();
        _scans = new IdenfyScans(options.Time);
        _api = new IdenfyApi(options, _scans, _stopping.Token);
        _outbox = new IdenfyOutbox(options, _app.Logger, _stopping.Token);
        _app.MapPost(
            "/api/v2/token",
            (HttpContext http) =>
                _api.ReceiveAsync(http, Token, body => IdenfyTokenRequest.Refusal(body, options.Environment), MakeToken)
        );
        _app.MapPost(
            "/api/v2/status",
            (HttpContext http) => _api.ReceiveAsync(http, Status, _api.StatusRefusal, _api.Status)
        );
        IdenfyWeb.Map(_app, this);
    }

    /// <summary>The address on which it listens, for example <c>http://127.0.0.1:9934/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Answers to token calls.</summary>
    public IdenfyAnswers Token { get; } = new();

    /// <summary>Answers to requests for a state.</summary>
    public IdenfyAnswers Status { get; } = new();

    /// <summary>Every check, in order of the tokens.</summary>
    public IReadOnlyList<IdenfyScan> Scans => _scans.All;

    /// <summary>Every call of the API so far, in order of arrival.</summary>
    public IReadOnlyList<IdenfyCall> Calls => _api.Calls;

    /// <summary>The number of requests for a state. iDenfy forbids regular polling (iDenfy, data retrieval).</summary>
    public int Polls => Calls.Count(call => call.Path == "/api/v2/status");

    /// <summary>
    /// The number of tokens for a person whose earlier result had not been delivered (expired and cancelled checks do
    /// not count). Each costs money, and iDenfy asks partners to avoid them.
    /// </summary>
    public int WastedTokens => _wasted;

    /// <summary>Every callback in the order of its creation, including those that were never sent.</summary>
    public IReadOnlyList<IdenfyCallback> Callbacks => _outbox.Callbacks;

    /// <summary>Every attempt to deliver a callback, in the order of the answers.</summary>
    public IReadOnlyList<IdenfyDelivery> Deliveries => _outbox.Deliveries;

    /// <summary>The target of callbacks, unless the token call named another address.</summary>
    public Uri? CallbackUrl
    {
        get => _outbox.CallbackUrl;
        set => _outbox.CallbackUrl = value;
    }

    /// <summary>Client for callbacks to a portal that runs on a test server; null uses the network.</summary>
    public HttpClient? PortalClient
    {
        get => _outbox.PortalClient;
        set => _outbox.PortalClient = value;
    }

    /// <summary>
    /// EXPIRED and CANCELLED callbacks omit <c>final</c>; false sends null. iDenfy documents it as "—".
    /// </summary>
    public bool WithoutFinal
    {
        get => _outbox.WithoutFinal;
        set => _outbox.WithoutFinal = value;
    }

    /// <summary>
    /// Every choice redirects to <c>errorUrl</c>: iDenfy does so when a callback was not answered with 2xx, and the
    /// verdict stays. With <see cref="IdenfyOptions.AutoDeliver"/> this happens automatically.
    /// </summary>
    public bool BounceToErrorUrl { get; set; }

    /// <summary>Starts on 127.0.0.1.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<IdenfySimulator> StartAsync(IdenfyOptions? options = null)
    {
        var idenfy = new IdenfySimulator(options ?? new IdenfyOptions());
        await idenfy._app.StartAsync();
        idenfy.Address = LoopbackHost.AddressOf(idenfy._app);
        return idenfy;
    }

    /// <summary>Document and face pass. After <see cref="ApproveByMachineAsync"/> this is the manual verdict.</summary>
    /// <param name="document">The document; null: the person's own passport, or the earlier document.</param>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> ApproveAsync(string scanRef, IdenfyDocument? document = null) =>
        DecideAsync(scanRef, IdenfyVerdict.Approved, document);

    /// <summary>The check fails.</summary>
    /// <param name="reason">One of <see cref="IdenfyVerdict.DenyReasonNames"/> or another state of a document or
    /// face.</param>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> DenyAsync(
        string scanRef,
        string reason = "DOC_EXPIRED",
        IdenfyDocument? document = null
    ) => DecideAsync(scanRef, IdenfyVerdict.Denied(reason), document);

    /// <summary>Document and face pass, with tags: SUSPECTED, see <see cref="IdenfyVerdict.Suspected"/>.</summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> SuspectAsync(string scanRef, params IReadOnlyList<string> tags) =>
        DecideAsync(scanRef, IdenfyVerdict.Suspected(tags));

    /// <summary>The automatic verdict is approved and the manual one is pending: <c>final</c> is false.</summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> ApproveByMachineAsync(string scanRef, IdenfyDocument? document = null) =>
        DecideAsync(scanRef, IdenfyVerdict.Approved.Preliminary(), document);

    /// <summary>An automatic approval, then a manual verdict: two callbacks with one <c>scanRef</c>.</summary>
    /// <param name="person">The manual verdict; null: approved.</param>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public async Task<(IdenfyCallback Machine, IdenfyCallback Person)> AutoThenManualAsync(
        string scanRef,
        IdenfyVerdict? person = null
    ) => (await ApproveByMachineAsync(scanRef), await DecideAsync(scanRef, person ?? IdenfyVerdict.Approved));

    /// <summary>The check ends with any verdict.</summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> DecideAsync(string scanRef, IdenfyVerdict verdict, IdenfyDocument? document = null) =>
        EndAsync(
            scanRef,
            scan => scan.Verdict is null || (scan.UnderReview && verdict.Final == true),
            scan => scan.Verdict is { } machine ? verdict.ByPersonAfter(machine) : verdict,
            document
        );

    /// <summary>
    /// The check expires. This also happens when the simulator's clock passes
    /// <c>expiryTime</c> or <c>sessionLength</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> ExpireAsync(string scanRef) =>
        EndAsync(scanRef, scan => scan.Verdict is null, _ => IdenfyVerdict.Expired);

    /// <summary>The person cancels.</summary>
    /// <param name="overall">The status in the callback, which iDenfy does not document.</param>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> CancelAsync(string scanRef, string overall = "EXPIRED") =>
        EndAsync(scanRef, scan => scan.Verdict is null, _ => IdenfyVerdict.Cancelled(overall));

    /// <summary>A new result after a final one (RESUBMITTED).</summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has no final result yet.</exception>
    public Task<IdenfyCallback> ResubmitAsync(string scanRef, IdenfyVerdict verdict, IdenfyDocument? document = null) =>
        EndAsync(scanRef, scan => scan.Verdict is { Final: true }, _ => verdict, document);

    /// <summary>Sends a callback once: again, changed, or before an earlier one.</summary>
    /// <returns>The portal's status.</returns>
    /// <exception cref="HttpRequestException">The portal did not answer.</exception>
    /// <exception cref="OperationCanceledException">The portal took
    /// longer than <see cref="IdenfyOptions.Patience"/>.</exception>
    /// <exception cref="InvalidOperationException">There is no address to send it to.</exception>
    public Task<int> DeliverAsync(IdenfyCallback callback) => _outbox.SendAsync(callback);

    /// <summary>Sends every callback that was never answered with 2xx, once and in order.</summary>
    /// <returns>The portal's statuses.</returns>
    /// <exception cref="HttpRequestException">The portal did not answer.</exception>
    public async Task<IReadOnlyList<int>> DeliverAllAsync()
    {
        var statuses = new List<int>();
        foreach (var callback in Callbacks.Where(callback => !_outbox.HasArrived(callback)))
            statuses.Add(await DeliverAsync(callback));
        return statuses;
    }

    /// <summary>Stops listening, ends calls without an answer and drops pending retries.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _stopping.CancelAsync();
        foreach (var timer in _timers.Values)
            await timer.DisposeAsync();
        await _app.DisposeAsync();
        _outbox.Dispose();
        _stopping.Dispose();
    }

    internal IdenfyScan? ByToken(string? authToken) => _scans.ByToken(authToken);

    internal bool Bounces(IdenfyCallback callback) =>
        BounceToErrorUrl || (_options.AutoDeliver && !_outbox.HasArrived(callback));

    /// <summary>Opens the link, which starts <c>sessionLength</c>. Null when it cannot be used any more.</summary>
    internal IdenfyScan? Open(string authToken)
    {
        var scan = _scans.Start(authToken);
        if (scan is not null && _timers.TryGetValue(scan.ScanRef, out var timer))
            timer.Change(Left(scan), Timeout.InfiniteTimeSpan);
        return scan;
    }

    private JsonObject MakeToken(JsonElement body)
    {
        var clientId = body.GetProperty("clientId").GetString();
        if (Scans.Any(earlier => earlier.ClientId == clientId && IsAwaited(earlier)))
            Interlocked.Increment(ref _wasted);
        var scan = _scans.Add(body);
        var dummy = body.TryGetProperty("dummyStatus", out var status) ? status.GetString() : null;
        if (dummy is null)
        {
            _timers[scan.ScanRef] = _options.Time.CreateTimer(
                _ => ExpireInTime(scan.ScanRef),
                state: null,
                Left(scan),
                Timeout.InfiniteTimeSpan
            );
        }
        else
        {
            // As with iDenfy, the callback may be sent before the caller has read this answer.
            _ = DecideAsync(scan.ScanRef, Dummy(dummy));
        }
        return IdenfyTokenRequest.Echo(scan, Address, dummy is not null);
    }

    private static IdenfyVerdict Dummy(string status) =>
        status switch
        {
            "DENIED" => IdenfyVerdict.Denied(),
            "SUSPECTED" => IdenfyVerdict.Suspected("DUPLICATE_FACE"),
            "EXPIRED" => IdenfyVerdict.Expired,
            _ => IdenfyVerdict.Approved,
        };

    private bool IsAwaited(IdenfyScan scan) =>
        scan.Verdict is not { Final: null }
        && !Callbacks.Any(callback =>
            callback.ScanRef == scan.ScanRef && callback.Final == true && _outbox.HasArrived(callback)
        );

    // A timer cannot wait longer than 49 days; it is set again for the rest.
    private TimeSpan Left(IdenfyScan scan) =>
        TimeSpan.FromTicks(Math.Clamp((scan.EndsAt - _options.Time.GetUtcNow()).Ticks, 0, TimeSpan.TicksPerDay * 40));

    private void ExpireInTime(string scanRef)
    {
        var scan = _scans.ByRef(scanRef)!;
        if (scan.Verdict is not null)
            return;
        if (Left(scan) is var left && left > TimeSpan.Zero)
        {
            if (_timers.TryGetValue(scanRef, out var timer))
                timer.Change(left, Timeout.InfiniteTimeSpan);
            return;
        }
        _ = ExpireAsync(scanRef);
    }

    private async Task<IdenfyCallback> EndAsync(
        string scanRef,
        Func<IdenfyScan, bool> may,
        Func<IdenfyScan, IdenfyVerdict> verdict,
        IdenfyDocument? document = null
    )
    {
        var scan =
            _scans.Decide(scanRef, may, verdict, document)
            ?? throw new InvalidOperationException(
                $"The check {scanRef} is unknown or is {_scans.ByRef(scanRef)?.Overall ?? "nowhere"}."
            );
        var callback = _outbox.Queue(scan);
        if (_options.AutoDeliver)
            await _outbox.SendUntilItArrivesAsync(callback);
        return callback;
    }
}

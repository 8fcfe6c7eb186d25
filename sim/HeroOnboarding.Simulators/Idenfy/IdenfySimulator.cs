using System.Text.Json;
using System.Text.Json.Nodes;
using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Idenfy;

/// <summary>
/// Stands in for iDenfy: makes tokens, shows a page on which a person chooses how the check ends, and sends signed
/// callbacks to the portal. Without <see cref="IdenfyOptions.AutoDeliver"/> the callbacks wait until
/// <see cref="DeliverAsync"/> sends them: in any order, twice, tampered, or never.
/// </summary>
public sealed class IdenfySimulator : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly IdenfyOptions _options;
    private readonly IdenfyScans _scans;
    private readonly IdenfyExpiry _expiry;
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
        _expiry = new IdenfyExpiry(options.Time, _scans, ExpireAsync);
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

    /// <summary>Where it listens, for example <c>http://127.0.0.1:9934/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Answers to token calls.</summary>
    public IdenfyAnswers Token { get; } = new();

    /// <summary>Answers to questions for a state.</summary>
    public IdenfyAnswers Status { get; } = new();

    /// <summary>Every check, in order of the tokens.</summary>
    public IReadOnlyList<IdenfyScan> Scans => _scans.All;

    /// <summary>Every call of the API so far, in order of arrival.</summary>
    public IReadOnlyList<IdenfyCall> Calls => _api.Calls;

    /// <summary>
    /// How often a state was asked for. iDenfy forbids to do this regularly (iDenfy, data retrieval).
    /// </summary>
    public int Polls => Calls.Count(call => call.Path == "/api/v2/status");

    /// <summary>
    /// How many tokens were made for a client while the result of an earlier one had not arrived. The result of an
    /// expired or cancelled one is not expected. Each token costs money, and iDenfy asks not to do it.
    /// </summary>
    public int WastedTokens => _wasted;

    /// <summary>Every callback, in the order of what happened; also those that were never sent.</summary>
    public IReadOnlyList<IdenfyCallback> Callbacks => _outbox.Callbacks;

    /// <summary>Every try to deliver one, in order of the answers.</summary>
    public IReadOnlyList<IdenfyDelivery> Deliveries => _outbox.Deliveries;

    /// <summary>Where callbacks go unless a token call named another address.</summary>
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
    /// EXPIRED and CANCELLED callbacks leave <c>final</c> out; false sends null. iDenfy documents it as "—".
    /// </summary>
    public bool WithoutFinal
    {
        get => _outbox.WithoutFinal;
        set => _outbox.WithoutFinal = value;
    }

    /// <summary>
    /// Every click leads to <c>errorUrl</c>, whatever was chosen. iDenfy does so when a callback was not answered with
    /// 2xx; the verdict stays. With <see cref="IdenfyOptions.AutoDeliver"/> it happens automatically.
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

    /// <summary>Document and face pass. After <see cref="ApproveByMachineAsync"/> it is a person who says so.</summary>
    /// <param name="document">What was shown; null: the person's own passport, or what was shown before.</param>
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

    /// <summary>The machine approves, a person has still to decide: <c>final</c> is false.</summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> ApproveByMachineAsync(string scanRef, IdenfyDocument? document = null) =>
        DecideAsync(scanRef, IdenfyVerdict.Approved.Preliminary(), document);

    /// <summary>The machine approves, then a person decides: two callbacks with one <c>scanRef</c>.</summary>
    /// <param name="person">What the person says; null: approved.</param>
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
    /// Time is up. It also happens by itself when the simulator's clock passes <c>expiryTime</c> or
    /// <c>sessionLength</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> ExpireAsync(string scanRef) =>
        EndAsync(scanRef, scan => scan.Verdict is null, _ => IdenfyVerdict.Expired);

    /// <summary>The person turns away.</summary>
    /// <param name="overall">What the callback calls it, as iDenfy does not document it.</param>
    /// <exception cref="InvalidOperationException">The check is unknown or has ended.</exception>
    public Task<IdenfyCallback> CancelAsync(string scanRef, string overall = "EXPIRED") =>
        EndAsync(scanRef, scan => scan.Verdict is null, _ => IdenfyVerdict.Cancelled(overall));

    /// <summary>A new result after a final one (RESUBMITTED).</summary>
    /// <exception cref="InvalidOperationException">The check is unknown or has no final result yet.</exception>
    public Task<IdenfyCallback> ResubmitAsync(string scanRef, IdenfyVerdict verdict, IdenfyDocument? document = null) =>
        EndAsync(scanRef, scan => scan.Verdict is { Final: true }, _ => verdict, document);

    /// <summary>Sends a callback once, as it is: again, changed, or before an earlier one.</summary>
    /// <returns>The portal's status.</returns>
    /// <exception cref="HttpRequestException">The portal did not answer.</exception>
    /// <exception cref="OperationCanceledException">The portal took longer than
    /// <see cref="IdenfyOptions.Patience"/>.</exception>
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

    /// <summary>Stops listening, ends silent calls and gives up callbacks that wait to be sent again.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _stopping.CancelAsync();
        await _expiry.DisposeAsync();
        await _app.DisposeAsync();
        _outbox.Dispose();
        _stopping.Dispose();
    }

    internal IdenfyScan? ByToken(string? authToken) => _scans.ByToken(authToken);

    internal bool Bounces(IdenfyCallback callback) =>
        BounceToErrorUrl || (_options.AutoDeliver && !_outbox.HasArrived(callback));

    /// <summary>
    /// Somebody opens the link: from now on <c>sessionLength</c> counts. Null when it cannot be used any more.
    /// </summary>
    internal IdenfyScan? Open(string authToken)
    {
        var scan = _scans.Start(authToken);
        if (scan is not null)
            _expiry.Restart(scan);
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
            _expiry.Start(scan);
        else
            // As at iDenfy, the callback does not wait until the caller has read this answer.
            _ = DecideAsync(scan.ScanRef, Dummy(dummy));
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

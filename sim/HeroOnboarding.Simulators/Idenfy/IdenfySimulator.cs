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
    private readonly CancellationTokenSource stopping = new();
    private readonly IdenfyOptions options;
    private readonly IdenfyScans scans;
    private readonly IdenfyExpiry expiry;
    private readonly IdenfyApi api;
    private readonly IdenfyOutbox outbox;
    private readonly WebApplication app;
    private int wasted;
    private int disposed;

    private IdenfySimulator(IdenfyOptions options)
    {
        this.options = options;
        app = LoopbackHost.Builder(options.Port).Build();
        scans = new IdenfyScans(options.Time);
        expiry = new IdenfyExpiry(options.Time, scans, ExpireAsync);
        this.api = new IdenfyApi(options, scans, stopping.Token);
        outbox = new IdenfyOutbox(options, app.Logger, stopping.Token);
        app.MapPost(
            "/api/v2/token",
            (HttpContext http) =>
                this.api.ReceiveAsync(
                    http,
                    Token,
                    body => IdenfyTokenRequest.Refusal(body, options.Environment),
                    MakeToken
                )
        );
        app.MapPost(
            "/api/v2/status",
            (HttpContext http) => this.api.ReceiveAsync(http, Status, this.api.StatusRefusal, this.api.Status)
        );
        IdenfyWeb.Map(app, this);
    }

    /// <summary>The address on which it listens, for example <c>http://127.0.0.1:9934/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Answers to token calls.</summary>
    public IdenfyAnswers Token { get; } = new();

    /// <summary>Answers to requests for a state.</summary>
    public IdenfyAnswers Status { get; } = new();

    /// <summary>Every check, in order of the tokens.</summary>
    public IReadOnlyList<IdenfyScan> Scans => scans.All;

    /// <summary>Every call of the API so far, in order of arrival.</summary>
    public IReadOnlyList<IdenfyCall> Calls => this.api.Calls;

    /// <summary>The number of requests for a state. iDenfy forbids regular polling (iDenfy, data retrieval).</summary>
    public int Polls => Calls.Count(call => call.Path == "/api/v2/status");

    /// <summary>
    /// The number of tokens for a person whose earlier result had not been delivered (expired and cancelled checks do
    /// not count). Each costs money, and iDenfy asks partners to avoid them.
    /// </summary>
    public int WastedTokens => wasted;

    /// <summary>Every callback in the order of its creation, including those that were never sent.</summary>
    public IReadOnlyList<IdenfyCallback> Callbacks => outbox.Callbacks;

    /// <summary>Every attempt to deliver a callback, in the order of the answers.</summary>
    public IReadOnlyList<IdenfyDelivery> Deliveries => outbox.Deliveries;

    /// <summary>The target of callbacks, unless the token call named another address.</summary>
    public Uri? CallbackUrl
    {
        get => outbox.CallbackUrl;
        set => outbox.CallbackUrl = value;
    }

    /// <summary>Client for callbacks to a portal that runs on a test server; null uses the network.</summary>
    public HttpClient? PortalClient
    {
        get => outbox.PortalClient;
        set => outbox.PortalClient = value;
    }

    /// <summary>
    /// EXPIRED and CANCELLED callbacks omit <c>final</c>; false sends null. iDenfy documents it as "—".
    /// </summary>
    public bool WithoutFinal
    {
        get => outbox.WithoutFinal;
        set => outbox.WithoutFinal = value;
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
        await idenfy.app.StartAsync();
        idenfy.Address = LoopbackHost.AddressOf(idenfy.app);
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
    public Task<int> DeliverAsync(IdenfyCallback callback) => outbox.SendAsync(callback);

    /// <summary>Sends every callback that was never answered with 2xx, once and in order.</summary>
    /// <returns>The portal's statuses.</returns>
    /// <exception cref="HttpRequestException">The portal did not answer.</exception>
    public async Task<IReadOnlyList<int>> DeliverAllAsync()
    {
        var statuses = new List<int>();
        foreach (var callback in Callbacks.Where(callback => !outbox.HasArrived(callback)))
            statuses.Add(await DeliverAsync(callback));
        return statuses;
    }

    /// <summary>Stops listening, ends calls without an answer and drops pending retries.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
            return;
        await stopping.CancelAsync();
        await expiry.DisposeAsync();
        await app.DisposeAsync();
        outbox.Dispose();
        stopping.Dispose();
    }

    internal IdenfyScan? ByToken(string? authToken) => scans.ByToken(authToken);

    internal bool Bounces(IdenfyCallback callback) =>
        BounceToErrorUrl || (this.options.AutoDeliver && !outbox.HasArrived(callback));

    /// <summary>Opens the link, which starts <c>sessionLength</c>. Null when it cannot be used any more.</summary>
    internal IdenfyScan? Open(string authToken)
    {
        var scan = scans.Start(authToken);
        if (scan is not null)
            expiry.Restart(scan);
        return scan;
    }

    private JsonObject MakeToken(JsonElement body)
    {
        var clientId = body.GetProperty("clientId").GetString();
        if (Scans.Any(earlier => earlier.ClientId == clientId && IsAwaited(earlier)))
            Interlocked.Increment(ref wasted);
        var scan = scans.Add(body);
        var dummy = body.TryGetProperty("dummyStatus", out var status) ? status.GetString() : null;
        if (dummy is null)
            expiry.Start(scan);
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
            callback.ScanRef == scan.ScanRef && callback.Final == true && outbox.HasArrived(callback)
        );

    private async Task<IdenfyCallback> EndAsync(
        string scanRef,
        Func<IdenfyScan, bool> may,
        Func<IdenfyScan, IdenfyVerdict> verdict,
        IdenfyDocument? document = null
    )
    {
        var scan =
            scans.Decide(scanRef, may, verdict, document)
            ?? throw new InvalidOperationException(
                $"The check {scanRef} is unknown or is {scans.ByRef(scanRef)?.Overall ?? "nowhere"}."
            );
        var callback = outbox.Queue(scan);
        if (this.options.AutoDeliver)
            await outbox.SendUntilItArrivesAsync(callback);
        return callback;
    }
}

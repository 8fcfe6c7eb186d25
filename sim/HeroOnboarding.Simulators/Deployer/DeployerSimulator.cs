using System.Net;
using HeroOnboarding.Simulators.Web;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>
/// Simulates the operator's deployer: receives <c>POST /admin/assign-vm</c> and <c>POST /admin/release-vm</c>,
/// checks the Standard Webhooks signature, handles each <c>webhook-id</c> once, records every call and gives
/// the scripted answers.
/// </summary>
public sealed class DeployerSimulator : IAsyncDisposable
{
    private const int WipeTries = 5;

    private readonly CancellationTokenSource stopping = new();
    private readonly DeployerOptions options;
    private readonly DeployerInbox inbox;
    private readonly WebApplication app;
    private int disposed;

    private DeployerSimulator(DeployerOptions options)
    {
        this.options = options;
        Secret = options.Secret ?? StandardWebhookSignature.NewSecret();
        inbox = new DeployerInbox(Secret, options.Time);
        app = LoopbackHost.Builder(options.Port).Build();
        app.MapPost(
            "/admin/assign-vm",
            (HttpContext http) => ReceiveAsync(http, Assign, DeployerInbox.AssignMembers, wipes: false)
        );
        app.MapPost(
            "/admin/release-vm",
            (HttpContext http) => ReceiveAsync(http, Release, DeployerInbox.ReleaseMembers, wipes: true)
        );
        app.MapGet("/", () => DeployerPage.Calls(Calls));
    }

    /// <summary>The address on which it listens, for example <c>http://127.0.0.1:9932/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The shared secret, <c>whsec_</c> + base64.</summary>
    public string Secret { get; }

    /// <summary>Answers to assign calls; 200 by default.</summary>
    public DeployerAnswers Assign { get; } = new(DeployerAnswer.Ok);

    /// <summary>Answers to release calls; 200 (wiped) by default.</summary>
    public DeployerAnswers Release { get; } = new(DeployerAnswer.Ok);

    /// <summary>Every call so far, in order of arrival.</summary>
    public IReadOnlyList<DeployerCall> Calls => inbox.Calls;

    /// <summary>How many calls repeated an id that was handled before.</summary>
    public int Repeats => inbox.Calls.Count(call => call.Repeat);

    /// <summary>
    /// When set, a release that was answered with 202 is followed by a report after this time (of the deployer's
    /// clock), as <see cref="Wipes"/> determines.
    /// </summary>
    public TimeSpan? WipeAfter { get; set; }

    /// <summary>The results of releases that were answered with 202; by default done and reported.</summary>
    public DeployerWipes Wipes { get; } = new();

    /// <summary>Its calls to the portal.</summary>
    public DeployerPortal Tells { get; } = new();

    /// <summary>The portal's base address.</summary>
    public Uri? Portal
    {
        get => Tells.Address;
        set => Tells.Address = value;
    }

    /// <summary>The portal's admin secret.</summary>
    public string? AdminSecret
    {
        get => Tells.AdminSecret;
        set => Tells.AdminSecret = value;
    }

    /// <summary>Client for calls to the portal when it runs on a test server; null uses the network.</summary>
    public HttpClient? PortalClient
    {
        get => Tells.Client;
        set => Tells.Client = value;
    }

    /// <summary>Starts on 127.0.0.1.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    /// <exception cref="FormatException">The secret is not <c>whsec_</c> + base64.</exception>
    public static async Task<DeployerSimulator> StartAsync(DeployerOptions? options = null)
    {
        var deployer = new DeployerSimulator(options ?? new DeployerOptions());
        // A malformed secret fails the start, not the first call.
        StandardWebhookSignature.Sign(deployer.Secret, "start", "0", []);
        await deployer.app.StartAsync();
        deployer.Address = LoopbackHost.AddressOf(deployer.app);
        return deployer;
    }

    /// <summary>Reports to the portal that a machine was erased: <c>POST {portal}/admin/pool-vm-ready</c>.</summary>
    /// <returns>The portal's status.</returns>
    /// <exception cref="InvalidOperationException"><see cref="Portal"/> or <see cref="AdminSecret"/>
    /// is not set.</exception>
    /// <exception cref="HttpRequestException">The portal did not answer.</exception>
    public Task<HttpStatusCode> WipedAsync(string poolVmId, long leaseNumber) =>
        Tells.WipedAsync(poolVmId, leaseNumber, stop: stopping.Token);

    /// <summary>Stops listening, ends calls without an answer and drops pending wipes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
            return;
        await stopping.CancelAsync();
        await app.DisposeAsync();
        Tells.Dispose();
        stopping.Dispose();
    }

    private async Task ReceiveAsync(
        HttpContext http,
        DeployerAnswers answers,
        IReadOnlyList<string> members,
        bool wipes
    )
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var (call, answer) = inbox.Receive(http.Request, buffer.ToArray(), answers, members);
        if (wipes && !call.Repeat && call.Status == StatusCodes.Status200OK)
            Tells.Note(
                call.Body.GetProperty("pool_vm_id").GetString()!,
                call.Body.GetProperty("lease_number").GetInt64()
            );
        if (
            wipes
            && !call.Repeat
            && call.Status == StatusCodes.Status202Accepted
            && Tells.IsKnown
            && WipeAfter is { } wait
        )
        {
            _ = WipeLaterAsync(
                call.Body.GetProperty("pool_vm_id").GetString()!,
                call.Body.GetProperty("lease_number").GetInt64(),
                wait
            );
        }
        await SendAsync(http, call, answer);
    }

    private async Task SendAsync(HttpContext http, DeployerCall call, DeployerAnswer answer)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping.Token);
        try
        {
            await Task.Delay(
                answer.Ending == DeployerEnding.Silent ? Timeout.InfiniteTimeSpan : answer.Delay,
                ended.Token
            );
        }
        catch (OperationCanceledException)
        {
            http.Abort();
            return;
        }
        if (answer.Ending == DeployerEnding.Lost)
        {
            http.Abort();
            return;
        }
        http.Response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = ((long)wait.TotalSeconds).ToString();
        if (answer.Status == StatusCodes.Status204NoContent)
            return;
        await http.Response.WriteAsJsonAsync(
            new { handled = answer.Status is >= 200 and < 300, error = call.Problem },
            ended.Token
        );
    }

    private async Task WipeLaterAsync(string poolVmId, long leaseNumber, TimeSpan wait)
    {
        var wipe = Wipes.Take();
        // Tries again, because the portal may be restarting.
        for (var attempt = 1; attempt <= WipeTries; attempt++)
        {
            try
            {
                await Task.Delay(wait, this.options.Time, stopping.Token);
                var status = await ReportAsync(wipe, poolVmId, leaseNumber);
                if ((int)status < 500)
                    return;
                app.Logger.LogWarning("The portal answered {Status} to the wipe of {Machine}", (int)status, poolVmId);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                app.Logger.LogWarning(e, "The wipe of {Machine} could not be reported", poolVmId);
            }
        }
    }

    private async Task<HttpStatusCode> ReportAsync(DeployerWipe wipe, string poolVmId, long leaseNumber)
    {
        switch (wipe)
        {
            case DeployerWipe.Failed:
                return await Tells.WipeFailedAsync(
                    poolVmId,
                    leaseNumber,
                    "the disk did not answer",
                    stop: stopping.Token
                );
            case DeployerWipe.Unreported:
                Tells.Note(poolVmId, leaseNumber);
                return HttpStatusCode.OK;
            case DeployerWipe.WrongLease:
                return await WipedAsync(poolVmId, leaseNumber - 1);
            case DeployerWipe.ReportedTwice:
                await WipedAsync(poolVmId, leaseNumber);
                return await WipedAsync(poolVmId, leaseNumber);
            default:
                return await WipedAsync(poolVmId, leaseNumber);
        }
    }
}

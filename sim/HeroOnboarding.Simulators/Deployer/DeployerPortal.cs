using System.Net;

namespace HeroOnboarding.Simulators.Deployer;

/// <summary>The deployer's calls to the portal: wiped, not wiped, and its list of machines.</summary>
public sealed class DeployerPortal : IDisposable
{
    private const string AdminSecretHeader = "X-Hero-Onboarding-Admin-Secret";

    private readonly HttpClient ownClient = new();
    private readonly SortedDictionary<string, DeployerMachine> machines = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>The portal's base address.</summary>
    public Uri? Address { get; set; }

    /// <summary>The portal's admin secret.</summary>
    public string? AdminSecret { get; set; }

    /// <summary>Client for calls to the portal when it runs on a test server; null uses the network.</summary>
    public HttpClient? Client { get; set; }

    internal bool IsKnown => Address is not null && AdminSecret is not null;

    /// <summary>Adds machines to the deployer's own list, which <see cref="FeedAsync"/> sends.</summary>
    public void Add(params ReadOnlySpan<DeployerMachine> machines)
    {
        lock (gate)
            foreach (var machine in machines)
                this.machines[machine.Id] = machine;
    }

    /// <summary>A copy of the current list, which a test can send later.</summary>
    public IReadOnlyList<DeployerMachine> Pool()
    {
        lock (gate)
            return [.. this.machines.Values];
    }

    /// <summary>
    /// Sends the whole pool, or an earlier copy: <c>POST /admin/pool-refresh</c>. Wiped machines name the wiped lease.
    /// </summary>
    /// <returns>The portal's status.</returns>
    public Task<HttpStatusCode> FeedAsync(
        IReadOnlyList<DeployerMachine>? pool = null,
        CancellationToken stop = default
    ) =>
        PostAsync(
            "/admin/pool-refresh",
            (pool ?? Pool()).Select(m => new
            {
                id = m.Id,
                address = m.Address,
                cockpit_url = m.CockpitUrl,
                wiped_lease = m.WipedLease,
            }),
            null,
            stop
        );

    /// <summary>Reports that a machine was erased: <c>POST /admin/pool-vm-ready</c>.</summary>
    /// <param name="lift">Also reports that it works again, which ends its quarantine.</param>
    /// <returns>The portal's status.</returns>
    public Task<HttpStatusCode> WipedAsync(
        string poolVmId,
        long leaseNumber,
        bool lift = false,
        CancellationToken stop = default
    )
    {
        Note(poolVmId, leaseNumber);
        return PostAsync(
            "/admin/pool-vm-ready",
            new
            {
                pool_vm_id = poolVmId,
                lease_number = leaseNumber,
                lift_quarantine = lift,
            },
            null,
            stop
        );
    }

    /// <summary>Reports that erasing failed: <c>POST /admin/pool-vm-wipe-failed</c>.</summary>
    /// <param name="key">The idempotency key; the same for a repetition.</param>
    /// <returns>The portal's status.</returns>
    public Task<HttpStatusCode> WipeFailedAsync(
        string poolVmId,
        long leaseNumber,
        string reason,
        string? key = null,
        CancellationToken stop = default
    ) =>
        PostAsync(
            "/admin/pool-vm-wipe-failed",
            new
            {
                pool_vm_id = poolVmId,
                lease_number = leaseNumber,
                reason,
            },
            key,
            stop
        );

    /// <inheritdoc/>
    public void Dispose() => ownClient.Dispose();

    /// <summary>Records a wipe for the next feed.</summary>
    internal void Note(string poolVmId, long leaseNumber)
    {
        lock (gate)
            if (this.machines.TryGetValue(poolVmId, out var machine))
                this.machines[poolVmId] = machine with { WipedLease = leaseNumber };
    }

    private async Task<HttpStatusCode> PostAsync(string path, object body, string? key, CancellationToken stop)
    {
        if (Address is null || AdminSecret is null)
            throw new InvalidOperationException("Set the portal's address and admin secret first.");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path))
        {
            Content = JsonContent.Create(body),
        };
        request.Headers.Add(AdminSecretHeader, AdminSecret);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await (Client ?? ownClient).SendAsync(request, stop);
        return response.StatusCode;
    }
}

/// <summary>A machine in the deployer's list.</summary>
/// <param name="WipedLease">The last lease of which nothing is readable any more.</param>
public sealed record DeployerMachine(
    string Id,
    string? Address = null,
    string? CockpitUrl = null,
    long? WipedLease = null
);

namespace HeroOnboarding.Vms;

/// <summary>What a provisioner needs to know of a plan.</summary>
/// <param name="Cost">Micro-dollars per machine.</param>
/// <param name="SshPublicKey">For the machine's holder, where a deployer puts it there.</param>
/// <param name="Duration">How long the machine is to live.</param>
public sealed record VmPlan(long Cost, string? SshPublicKey, TimeSpan Duration);

/// <summary>What a provisioner provides for a new lease.</summary>
/// <param name="AllocationSid">The sid of the lease, which the provisioner has noted beside the machine.</param>
/// <param name="Status">Active, or Pending when the machine comes later.</param>
/// <param name="Machine">Null while there is none.</param>
public sealed record Provided(string AllocationSid, AllocationStatus Status, ProvidedMachine? Machine = null);

/// <summary>A machine as its holder reaches it.</summary>
/// <param name="LeaseNumber">Of the lease that begins.</param>
public sealed record ProvidedMachine(
    string PoolVmId,
    long LeaseNumber,
    string? Address,
    string? MyceliumIp,
    string? SshUser,
    int? SshPort,
    string? CockpitUrl
);

/// <summary>
/// Who makes machines available. Locked to five members since the original (its decision D-17), so that a provisioner
/// that buys machines
/// on a chain fits later. All three actions run inside the caller's unit of work (<see cref="Store.Unit.Current"/>) and
/// make no network call.
/// </summary>
public interface IProvisioner
{
    /// <summary>Stable name, stored on every allocation.</summary>
    string Name { get; }

    /// <summary>True when its machines are samples.</summary>
    bool IsDemo { get; }

    /// <summary>
    /// Takes a machine for a lease that the caller stores in the same unit (<see cref="Lease.HandOutAsync"/>).
    /// </summary>
    /// <returns>Refused with <c>pool.empty</c> when there is none.</returns>
    Task<Outcome<Provided>> AllocateAsync(string userSid, VmPlan plan, CancellationToken cancel = default);

    /// <summary>
    /// Ends a live allocation by <see cref="Lease.EndRowAsync"/> and gives its machine back. Repeating it changes
    /// nothing.
    /// </summary>
    /// <returns>The allocation as it is then; refused with <c>not_found</c> when unknown.</returns>
    Task<Outcome<VmAllocation>> ReleaseAsync(string allocationSid, CancellationToken cancel = default);

    /// <returns>The state, or null when unknown.</returns>
    Task<AllocationStatus?> StatusAsync(string allocationSid, CancellationToken cancel = default);
}

/// <summary>The registered provisioner, if any, and the one that a stored allocation names.</summary>
public sealed class Provisioners(IServiceProvider services)
{
    /// <summary>Hands out machines; null when neither <c>VM_POOL_JSON</c> nor <c>PROVISIONER_DEMO</c> is set.</summary>
    public IProvisioner? Registered => services.GetService<IProvisioner>();

    /// <summary>Releases what it once handed out, also when it is not registered any more.</summary>
    /// <exception cref="InvalidOperationException">The store names a provisioner that this release does not
    /// know.</exception>
    public IProvisioner Of(VmAllocation allocation) =>
        services.GetKeyedService<IProvisioner>(allocation.Provisioner)
        ?? throw new InvalidOperationException($"No provisioner '{allocation.Provisioner}' in this release.");
}

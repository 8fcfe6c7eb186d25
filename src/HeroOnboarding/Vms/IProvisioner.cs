namespace HeroOnboarding.Vms;

/// <summary>The terms of a lease that a provisioner needs.</summary>
/// <param name="Cost">Micro-dollars per machine.</param>
/// <param name="SshPublicKey">The holder's key, for provisioners whose deployer installs it.</param>
/// <param name="Duration">The lifetime of the machine.</param>
public sealed record VmPlan(long Cost, string? SshPublicKey, TimeSpan Duration);

/// <summary>What a provisioner provides for a new lease.</summary>
/// <param name="AllocationSid">The sid of the lease, which the provisioner has stored with the machine.</param>
/// <param name="Status">Active, or Pending when the machine comes later.</param>
/// <param name="Machine">Null for a pending lease.</param>
public sealed record Provided(string AllocationSid, AllocationStatus Status, ProvidedMachine? Machine = null);

/// <summary>A machine, with the addresses by which its holder reaches it.</summary>
/// <param name="LeaseNumber">The number of the lease that begins.</param>
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
/// Provides machines. The interface has five members, as in the original (its decision D-17), so that a provisioner
/// that buys machines on a chain can be added. All three actions run inside the caller's unit of work
/// (<see cref="Store.Unit.Current"/>) and make no network call.
/// </summary>
public interface IProvisioner
{
    /// <summary>A stable name, stored with every allocation.</summary>
    string Name { get; }

    /// <summary>True when its machines are samples.</summary>
    bool IsDemo { get; }

    /// <summary>
    /// Takes a machine for a lease that the caller stores in the same unit (<see cref="Lease.HandOutAsync"/>).
    /// </summary>
    /// <returns>Refused with <c>pool.empty</c> when there is none.</returns>
    Task<Outcome<Provided>> AllocateAsync(string userSid, VmPlan plan, CancellationToken cancel = default);

    /// <summary>
    /// Ends a live allocation by <see cref="Lease.EndRowAsync"/> and returns its machine. A repetition changes nothing.
    /// </summary>
    /// <returns>The allocation after the call; refused with <c>not_found</c> when unknown.</returns>
    Task<Outcome<VmAllocation>> ReleaseAsync(string allocationSid, CancellationToken cancel = default);

    /// <returns>The state, or null when unknown.</returns>
    Task<AllocationStatus?> StatusAsync(string allocationSid, CancellationToken cancel = default);
}

/// <summary>Finds the registered provisioner, and the provisioner of a stored allocation.</summary>
public sealed class Provisioners(IServiceProvider services)
{
    /// <summary>
    /// The provisioner that hands out machines; null when neither <c>VM_POOL_JSON</c> nor
    /// <c>PROVISIONER_DEMO</c> is set.
    /// </summary>
    public IProvisioner? Registered => services.GetService<IProvisioner>();

    /// <summary>The provisioner that handed out the allocation, even if it is not registered for new ones.</summary>
    /// <exception cref="InvalidOperationException">The store names a provisioner that this release
    /// does not know.</exception>
    public IProvisioner Of(VmAllocation allocation) =>
        services.GetKeyedService<IProvisioner>(allocation.Provisioner)
        ?? throw new InvalidOperationException($"No provisioner '{allocation.Provisioner}' in this release.");
}

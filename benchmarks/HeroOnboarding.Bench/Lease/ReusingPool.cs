using HeroOnboarding.Pool;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using Microsoft.Extensions.DependencyInjection;

namespace HeroOnboarding.Bench.Lease;

/// <summary>
/// The product's pool, notices to the deployer included, except that a released machine is clean in the same commit, as
/// if it had been wiped immediately. So the same machines are reused for the whole run. It costs one more UPDATE.
/// </summary>
internal sealed class ReusingPool(IServiceProvider services) : IProvisioner
{
    private readonly PoolAssignmentProvisioner pool = services.GetRequiredService<PoolAssignmentProvisioner>();

    public string Name => pool.Name;

    public bool IsDemo => false;

    public Task<Outcome<Provided>> AllocateAsync(string userSid, VmPlan plan, CancellationToken cancel = default) =>
        pool.AllocateAsync(userSid, plan, cancel);

    public async Task<Outcome<VmAllocation>> ReleaseAsync(string allocationSid, CancellationToken cancel = default)
    {
        var released = await pool.ReleaseAsync(allocationSid, cancel);
        if (!released.IsRefused)
            await Unit.Current.Statements.EnqueueAsync(
                "UPDATE pool_vms SET condition = 'clean', wiped_lease = lease_number WHERE id = $1 AND lease_number "
                    + "= $2 AND condition = 'recycling' AND allocation_sid IS NULL",
                released.Value.PoolVmId,
                released.Value.LeaseNumber
            );
        return released;
    }

    public Task<AllocationStatus?> StatusAsync(string allocationSid, CancellationToken cancel = default) =>
        pool.StatusAsync(allocationSid, cancel);
}

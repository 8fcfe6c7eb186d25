using HeroOnboarding.Store;
using HeroOnboarding.Vms;

namespace HeroOnboarding.Deployer;

/// <summary>
/// Delivers notices to the deployer. The deployer reports to <c>/admin/pool-vm-ready</c> and refreshes the pool.
/// </summary>
public static class DeployerFeature
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IDeployer, HttpDeployer>();
        services.AddSingleton<DeployerNotices>();
        services.AddSingleton(sp => new HolderKeys(sp.GetRequiredService<DeployerOptions>().IsOn));
        services.AddTroubles(sp => OverdueNotices.FindAsync(sp.GetRequiredService<DeployerOptions>()));
        services.AddOutboxKind(
            LeaseNotices.AssignKind,
            sp => sp.GetRequiredService<DeployerNotices>().DeliverAssignAsync
        );
        services.AddOutboxKind(
            LeaseNotices.ReleaseKind,
            sp => sp.GetRequiredService<DeployerNotices>().DeliverReleaseAsync
        );
    }
}

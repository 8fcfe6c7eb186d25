using HeroOnboarding.Store;

namespace HeroOnboarding.Deployer;

/// <summary>What we tell the deployer. What it tells us is <c>/admin/pool-vm-ready</c> and the pool itself.</summary>
public static class DeployerFeature
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IDeployer, HttpDeployer>();
        services.AddSingleton<DeployerNotices>();
        services.AddTroubles(sp => OverdueNotices.FindAsync(sp.GetRequiredService<DeployerOptions>()));
        services.AddOutboxKind(
            DeployerNotices.AssignKind,
            sp => sp.GetRequiredService<DeployerNotices>().DeliverAssignAsync
        );
        services.AddOutboxKind(
            DeployerNotices.ReleaseKind,
            sp => sp.GetRequiredService<DeployerNotices>().DeliverReleaseAsync
        );
    }
}

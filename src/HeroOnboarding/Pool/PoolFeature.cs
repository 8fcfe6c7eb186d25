using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The warm pool: machines, claims, refreshes, and how a machine becomes clean again.</summary>
public static partial class PoolFeature
{
    /// <summary>Claimable, as SQL: the filter of the index that hand-outs read, and of the claim itself.</summary>
    internal const string Claimable = "listed AND status = 'available' AND condition = 'clean' AND allocation_sid IS NULL";

    public static void Map(ModelBuilder model)
    {
        model.Entity<PoolVm>(row =>
        {
            row.ToTable("pool_vms", t =>
            {
                t.HasCheckConstraint("ck_pool_vms_status", "status IN ('available', 'maintenance')");
                t.HasCheckConstraint("ck_pool_vms_condition", "condition IN ('clean', 'recycling', 'quarantined')");
                t.HasCheckConstraint("ck_pool_vms_lease", "lease_number >= 0");
            }).HasKey(vm => vm.Id);
            row.Property(vm => vm.Id).HasMaxLength(64);
            row.HasIndex(vm => vm.AllocationSid).IsUnique().HasFilter("allocation_sid IS NOT NULL").HasDatabaseName("ux_pool_vms_allocation");
            row.HasIndex(vm => new { vm.FreeSince, vm.Id }).HasFilter(Claimable).HasDatabaseName("ix_pool_vms_claimable");
            row.Ignore(vm => vm.Claimable);
        });
        model.Entity<PoolEntry>().ToTable("pool_staging").HasKey(e => new { e.RefreshSid, e.Id });
        model.Entity<PoolRefresh>().ToTable("pool_refreshes").HasKey(r => r.Sid);
    }

    /// <summary>One provisioner under both its types, registered only when there is a pool; by its name it always releases what it once handed out.</summary>
    public static void Add(IServiceCollection services, Settings settings)
    {
        services.AddSingleton<RefreshPool>();
        services.AddSingleton<ReadyVm>();
        services.AddSingleton<PreviewRefresh>();
        services.AddSingleton<ApplyPoolAtStart>();
        services.AddKeyedSingleton(PoolAssignmentProvisioner.PoolName, (sp, _) => new PoolAssignmentProvisioner(settings, sp.GetRequiredService<RefreshPool>()));
        services.AddKeyedSingleton<IProvisioner>(PoolAssignmentProvisioner.PoolName, (sp, name) => sp.GetRequiredKeyedService<PoolAssignmentProvisioner>(name));
        if (!settings.HasPool)
            return;
        services.AddSingleton(sp => sp.GetRequiredKeyedService<PoolAssignmentProvisioner>(PoolAssignmentProvisioner.PoolName));
        services.AddSingleton<IProvisioner>(sp => sp.GetRequiredService<PoolAssignmentProvisioner>());
    }

    public static void Routes(IEndpointRouteBuilder app) => PoolRoutes.Map(app);
}

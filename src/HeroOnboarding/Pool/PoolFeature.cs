using HeroOnboarding.Accounts;
using HeroOnboarding.Configuration;
using HeroOnboarding.Store;
using HeroOnboarding.Vms;
using HeroOnboarding.Web;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The pool: machines, claims, refreshes, erasure, quarantine and probes.</summary>
public static class PoolFeature
{
    /// <summary>
    /// The condition of a claimable machine, as SQL: the filter of the index that hand-outs read, and part
    /// of the claim.
    /// </summary>
    internal const string Claimable =
        "listed AND status = 'available' AND condition = 'clean' AND allocation_sid IS NULL";

    /// <summary>
    /// The same while probing is on: the filter of a second index, which is empty while probing is off.
    /// </summary>
    internal const string Proven = Claimable + " AND proven";

    /// <summary>
    /// The condition of a claim; <c>$2</c> is the instant since which a machine must have answered a probe.
    /// </summary>
    internal static string ClaimGate(bool proven) => proven ? Proven + " AND probe_good_at >= $2" : Claimable;

    public static void Map(ModelBuilder model)
    {
        model.Entity<PoolVm>(row =>
        {
            row.ToTable(
                    "pool_vms",
                    t =>
                    {
                        t.HasCheckConstraint("ck_pool_vms_status", "status IN ('available', 'maintenance')");
                        t.HasCheckConstraint(
                            "ck_pool_vms_condition",
                            "condition IN ('clean', 'recycling', 'quarantined')"
                        );
                        t.HasCheckConstraint("ck_pool_vms_lease", "lease_number >= 0");
                    }
                )
                .HasKey(vm => vm.Id);
            row.Property(vm => vm.Id).HasMaxLength(64);
            row.HasIndex(vm => vm.AllocationSid)
                .IsUnique()
                .HasFilter("allocation_sid IS NOT NULL")
                .HasDatabaseName("ux_pool_vms_allocation");
            row.HasIndex(vm => new { vm.FreeSince, vm.Id })
                .HasFilter(Claimable)
                .HasDatabaseName("ix_pool_vms_claimable");
            row.HasIndex(vm => new { vm.FreeSince, vm.Id }, "ix_pool_vms_proven")
                .HasFilter(Proven)
                .HasDatabaseName("ix_pool_vms_proven");
            row.Property(vm => vm.WipeFailures).HasDefaultValue(0);
            row.Property(vm => vm.ProbeMisses).HasDefaultValue(0);
            row.Property(vm => vm.ProbeGoods).HasDefaultValue(0);
            row.Property(vm => vm.Proven).HasDefaultValue(false);
            row.Ignore(vm => vm.Claimable);
        });
        model.Entity<PoolEntry>().ToTable("pool_staging").HasKey(e => new { e.RefreshSid, e.Id });
        model.Entity<PoolRefresh>().ToTable("pool_refreshes").HasKey(r => r.Sid);
        model.Entity<AppliedPool>(row =>
        {
            row.ToTable("pool_applied").HasKey(a => a.Hash);
            row.Property(a => a.Hash).HasMaxLength(64);
        });
        model
            .Entity<VmAllocation>()
            .HasOne<PoolVm>()
            .WithMany()
            .HasForeignKey(a => a.PoolVmId)
            .OnDelete(DeleteBehavior.Restrict);
        model.Entity<PoolSample>().ToTable("pool_samples").HasKey(s => s.At);
    }

    /// <summary>
    /// Registers one provisioner under both its types, only when there is a pool. Under its name it is always
    /// registered, to release what it handed out.
    /// </summary>
    public static void Add(IServiceCollection services, LoadedOptions options)
    {
        services.AddRefusals("Pool", typeof(PoolRefusals));
        services.DescribeTag("Pool", "The machines that can be handed out.");
        var (pool, probes) = (options.Get<PoolOptions>(), options.Get<ProbeOptions>());
        ForgetStaging(services);
        services.AddSingleton<IsMachineAddress>(PoolAddresses.OwnAsync);
        services.AddSingleton(FreeMachines.Supply(pool, probes));
        services.AddSingleton<RefreshPool>();
        services.AddSingleton<ReadyVm>();
        services.AddSingleton<FailedWipe>();
        services.AddSingleton<QuarantineVm>();
        services.AddSingleton<SetVmStatus>();
        services.AddSingleton<ChangeMany>();
        services.AddSingleton<PreviewRefresh>();
        services.AddSingleton<ApplyPoolAtStart>();
        services.AddStartStep(sp => sp.GetRequiredService<ApplyPoolAtStart>().RunAsync);
        services.AddKeyedSingleton(
            PoolAssignmentProvisioner.PoolName,
            (sp, _) => new PoolAssignmentProvisioner(pool, sp.GetRequiredService<RefreshPool>())
        );
        services.AddKeyedSingleton<IProvisioner>(
            PoolAssignmentProvisioner.PoolName,
            (sp, name) => sp.GetRequiredKeyedService<PoolAssignmentProvisioner>(name)
        );
        services.AddJob<SamplePool>(
            "pool.sample",
            SamplePool.Every,
            "Counts the pool for its chart; forgets counts after 31 days",
            needsTrueClock: true
        );
        services.AddTroubles(_ => PoolAlarms.FindAsync(pool, probes));
        services.AddSingleton(ProbeWire.Real);
        services.AddSingleton<Probe>();
        if (probes.IsOn)
            services.AddJob<ProbePool>(
                "pool.probe",
                probes.JobEvery,
                "Asks free and quarantined machines whether they answer; three misses in a row are a quarantine"
            );
        if (!pool.HasPool)
            return;
        services.AddSingleton(sp =>
            sp.GetRequiredKeyedService<PoolAssignmentProvisioner>(PoolAssignmentProvisioner.PoolName)
        );
        services.AddSingleton<IProvisioner>(sp => sp.GetRequiredService<PoolAssignmentProvisioner>());
    }

    /// <summary>Deletes the staged entries that a crash left.</summary>
    private static void ForgetStaging(IServiceCollection services) =>
        services.AddExpiredRows(
            "staged machines",
            (db, now) =>
            {
                var stale = Names.NewSid(now.AddHours(-1));
                return db.PoolStaging.Where(r => string.Compare(r.RefreshSid, stale) < 0).ExecuteDeleteAsync();
            }
        );

    public static void Routes(IEndpointRouteBuilder app) => PoolRoutes.Map(app);
}

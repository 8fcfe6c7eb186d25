using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Pool;

/// <summary>The tables of the pool.</summary>
public static class PoolTables
{
    extension(OnboardingDb db)
    {
        public DbSet<PoolVm> PoolVms => db.Set<PoolVm>();

        public DbSet<PoolEntry> PoolStaging => db.Set<PoolEntry>();

        public DbSet<PoolRefresh> PoolRefreshes => db.Set<PoolRefresh>();

        public DbSet<AppliedPool> AppliedPools => db.Set<AppliedPool>();

        public DbSet<PoolSample> PoolSamples => db.Set<PoolSample>();
    }
}

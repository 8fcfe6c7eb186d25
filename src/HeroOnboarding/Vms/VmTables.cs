using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Vms;

/// <summary>The tables of leases.</summary>
public static class VmTables
{
    extension(OnboardingDb db)
    {
        public DbSet<VmAllocation> VmAllocations => db.Set<VmAllocation>();
    }
}

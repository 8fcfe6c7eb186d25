using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Plans;

/// <summary>The tables of purchases.</summary>
public static class PlanTables
{
    extension(OnboardingDb db)
    {
        public DbSet<Purchase> Purchases => db.Set<Purchase>();

        public DbSet<PurchaseIntent> PurchaseIntents => db.Set<PurchaseIntent>();
    }
}

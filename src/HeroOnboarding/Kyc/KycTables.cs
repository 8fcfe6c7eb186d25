using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Kyc;

/// <summary>The tables of identity checks.</summary>
public static class KycTables
{
    extension(OnboardingDb db)
    {
        public DbSet<KycSession> KycSessions => db.Set<KycSession>();
    }
}

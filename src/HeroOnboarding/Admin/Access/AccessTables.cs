using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Admin.Access;

/// <summary>The tables of operators and machine tokens.</summary>
public static class AccessTables
{
    extension(OnboardingDb db)
    {
        public DbSet<OperatorRow> Operators => db.Set<OperatorRow>();

        public DbSet<MachineToken> MachineTokens => db.Set<MachineToken>();
    }
}

using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Accounts;

/// <summary>The tables of accounts, their sessions and sign-in codes.</summary>
public static class AccountTables
{
    extension(OnboardingDb db)
    {
        public DbSet<Account> Accounts => db.Set<Account>();

        public DbSet<Session> Sessions => db.Set<Session>();

        public DbSet<LoginChallenge> LoginChallenges => db.Set<LoginChallenge>();
    }
}

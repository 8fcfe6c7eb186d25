using HeroOnboarding.Store;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>The tables of the ledger, receipts and payments.</summary>
public static class CreditTables
{
    extension(OnboardingDb db)
    {
        public DbSet<Transfer> Transfers => db.Set<Transfer>();

        public DbSet<Receipt> Receipts => db.Set<Receipt>();

        public DbSet<PaymentIntent> PaymentIntents => db.Set<PaymentIntent>();

        public DbSet<PaymentEvent> PaymentEvents => db.Set<PaymentEvent>();

        public DbSet<SuspenseItem> Suspense => db.Set<SuspenseItem>();
    }
}

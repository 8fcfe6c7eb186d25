using HeroOnboarding.Accounts;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Credit;

/// <summary>Top-ups: intents, events of providers, and payments in suspense.</summary>
public static class PaymentsFeature
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<PaymentIntent>(row =>
        {
            row.ToTable(
                    "payment_intents",
                    t =>
                    {
                        t.HasCheckConstraint("ck_payment_intents_amount", "amount > 0");
                        t.HasCheckConstraint(
                            "ck_payment_intents_state",
                            "state IN ('open', 'checking', 'credited', 'not_paid')"
                        );
                    }
                )
                .HasKey(p => p.Sid);
            row.HasIndex(p => new { p.Provider, p.CheckoutId })
                .IsUnique()
                .HasFilter("checkout_id IS NOT NULL")
                .HasDatabaseName("ux_payment_intents_checkout");
            row.HasIndex(p => new { p.AccountSid, p.Sid });
            row.HasIndex(p => new { p.State, p.Sid });
            row.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountSid).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<PaymentEvent>(row =>
        {
            row.ToTable("payment_events").HasKey(e => e.Sid);
            row.HasIndex(e => new { e.Provider, e.ExternalId }).IsUnique();
            row.HasIndex(e => new { e.IntentSid, e.Sid });
        });
        model.Entity<SuspenseItem>(row =>
        {
            row.ToTable(
                    "suspense_items",
                    t => t.HasCheckConstraint("ck_suspense_items_state", "state IN ('open', 'assigned', 'refunded')")
                )
                .HasKey(s => s.Sid);
            row.HasIndex(s => new { s.Provider, s.CheckoutId }).IsUnique();
            row.HasIndex(s => new { s.State, s.Sid });
        });
    }

    public static void Add(IServiceCollection services)
    {
        services.AddRefusals("Payments", typeof(PaymentRefusals));
        services.AddSingleton<StartTopUp>();
        services.AddSingleton<SettlePayment>();
        services.AddSingleton<CancelTopUp>();
        services.AddSingleton<ResolveSuspense>();
        services.AddSingleton<ReadPayments>();
        services.AddSingleton<MarkReturned>();
    }

    public static void Routes(IEndpointRouteBuilder app) => PaymentRoutes.Add(app);
}

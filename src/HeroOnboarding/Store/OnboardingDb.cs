using HeroOnboarding.Accounts;
using HeroOnboarding.Accounts.Mycelium;
using HeroOnboarding.Admin;
using HeroOnboarding.Admin.Access;
using HeroOnboarding.Credit;
using HeroOnboarding.Kyc;
using HeroOnboarding.Plans;
using HeroOnboarding.Pool;
using HeroOnboarding.Vms;
using Microsoft.EntityFrameworkCore;

namespace HeroOnboarding.Store;

/// <summary>
/// The one database. Each feature maps its own rows (<c>XFeature.Map</c>), the only arrow from this room back into the
/// features.
/// SQLite and PostgreSQL each derive a context with migrations of their own.
/// </summary>
public abstract class OnboardingDb(DbContextOptions options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();
    public DbSet<Session> Sessions => Set<Session>();
    public DbSet<LoginChallenge> LoginChallenges => Set<LoginChallenge>();
    public DbSet<OperatorRow> Operators => Set<OperatorRow>();
    public DbSet<MachineToken> MachineTokens => Set<MachineToken>();
    public DbSet<Transfer> Transfers => Set<Transfer>();
    public DbSet<Receipt> Receipts => Set<Receipt>();
    public DbSet<PaymentIntent> PaymentIntents => Set<PaymentIntent>();
    public DbSet<PaymentEvent> PaymentEvents => Set<PaymentEvent>();
    public DbSet<SuspenseItem> Suspense => Set<SuspenseItem>();
    public DbSet<KycSession> KycSessions => Set<KycSession>();
    public DbSet<Purchase> Purchases => Set<Purchase>();
    public DbSet<PurchaseIntent> PurchaseIntents => Set<PurchaseIntent>();
    public DbSet<PoolVm> PoolVms => Set<PoolVm>();
    public DbSet<PoolEntry> PoolStaging => Set<PoolEntry>();
    public DbSet<PoolRefresh> PoolRefreshes => Set<PoolRefresh>();
    public DbSet<AppliedPool> AppliedPools => Set<AppliedPool>();
    public DbSet<PoolSample> PoolSamples => Set<PoolSample>();
    public DbSet<VmAllocation> VmAllocations => Set<VmAllocation>();
    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();
    public DbSet<JobRow> Jobs => Set<JobRow>();
    public DbSet<JobRun> JobRuns => Set<JobRun>();
    public DbSet<AlarmRow> Alarms => Set<AlarmRow>();
    public DbSet<AuditRow> Audit => Set<AuditRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();
    public DbSet<RateRow> Rates => Set<RateRow>();
    public DbSet<WebhookCallsRow> WebhookCalls => Set<WebhookCallsRow>();
    public DbSet<MetaRow> Meta => Set<MetaRow>();
    public DbSet<KeyRow> Keys => Set<KeyRow>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<InstantConverter>();
        configurationBuilder.Properties<KycStatus>().HaveConversion<EnumTextConverter<KycStatus>>().HaveMaxLength(16);
        configurationBuilder
            .Properties<SessionKind>()
            .HaveConversion<EnumTextConverter<SessionKind>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<ChallengePurpose>()
            .HaveConversion<EnumTextConverter<ChallengePurpose>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<OperatorRole>()
            .HaveConversion<EnumTextConverter<OperatorRole>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<TransferKind>()
            .HaveConversion<EnumTextConverter<TransferKind>>()
            .HaveMaxLength(32);
        configurationBuilder
            .Properties<PurchaseState>()
            .HaveConversion<EnumTextConverter<PurchaseState>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<PaymentState>()
            .HaveConversion<EnumTextConverter<PaymentState>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<SuspenseState>()
            .HaveConversion<EnumTextConverter<SuspenseState>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<PurchaseIntentState>()
            .HaveConversion<EnumTextConverter<PurchaseIntentState>>()
            .HaveMaxLength(16);
        configurationBuilder.Properties<PoolStatus>().HaveConversion<EnumTextConverter<PoolStatus>>().HaveMaxLength(16);
        configurationBuilder
            .Properties<PoolCondition>()
            .HaveConversion<EnumTextConverter<PoolCondition>>()
            .HaveMaxLength(16);
        configurationBuilder
            .Properties<AllocationStatus>()
            .HaveConversion<EnumTextConverter<AllocationStatus>>()
            .HaveMaxLength(16);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        StoreFeature.Map(modelBuilder);
        AccountsFeature.Map(modelBuilder);
        AdminFeature.Map(modelBuilder);
        KycFeature.Map(modelBuilder);
        CreditFeature.Map(modelBuilder);
        PaymentsFeature.Map(modelBuilder);
        PlansFeature.Map(modelBuilder);
        PoolFeature.Map(modelBuilder);
        VmsFeature.Map(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        foreach (var property in entity.GetProperties())
            property.SetColumnName(Names.Snake(property.Name));
    }
}
